#include "config/ssh_option_values.hpp"

#include "config/problem.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace towline::config {

namespace {

std::vector<std::string> words_between(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

Parsed<bool> yes_or_no(std::string_view text) {
  constexpr Words<bool, 4> words{{{"yes", true}, {"no", false}, {"true", true}, {"false", false}}};
  return parse_word(text, words);
}

Parsed<std::string> parse_whole_path(std::string_view text) {
  if (text.starts_with('~') || text.find('%') != text.npos || text.find("${") != text.npos) {
    return Complaint{"is not a whole path", "write it without ~, % and ${}"};
  }
  return parse_path(text);
}

Parsed<std::vector<std::string>> parse_whole_paths(std::string_view text) {
  std::vector<std::string> paths;
  for (const auto& word : words_between(text, " \t")) {
    if (equal_ignoring_case(word, "none")) continue;
    if (auto complaint = store(parse_whole_path(word), paths.emplace_back())) return *std::move(complaint);
  }
  return paths;
}

Parsed<net::AddressFamily> parse_address_family(std::string_view text) {
  using enum net::AddressFamily;
  constexpr Words<net::AddressFamily, 3> words{{{"any", any}, {"inet", inet}, {"inet6", inet6}}};
  return parse_word(text, words);
}

Parsed<std::string> parse_bind_address(std::string_view text) {
  const bool v6 = text.find(':') != text.npos;
  const bool v4 = text.find_first_not_of("0123456789.") == text.npos;
  auto host = net::parse_host(text);
  if (host && (v6 || v4)) return *std::move(host);
  return Complaint{"is not an address", "write an IPv4 or IPv6 address of this machine or container"};
}

Parsed<std::string> parse_bind_interface(std::string_view text) {
  constexpr std::size_t length_max = 15;  // IFNAMSIZ of net/if.h, with the final zero
  if (text.size() <= length_max && text.find_first_of(" \t/:") == text.npos) return std::string(text);
  return Complaint{"is not an interface", "write a name as in `ip link`, like eth0"};
}

Parsed<std::vector<ServerWords>> parse_proxy_jump(std::string_view text) {
  if (equal_ignoring_case(text, "none")) return std::vector<ServerWords>();
  return parse_jump_hosts(text);
}

Parsed<std::string> parse_identity_agent(std::string_view text) {
  if (equal_ignoring_case(text, "none")) return std::string();
  return parse_socket_path(text);
}

Parsed<std::vector<std::string>> parse_methods(std::string_view text) {
  constexpr std::array known = {"publickey", "keyboard-interactive", "password", "gssapi-with-mic",
                                "hostbased"};
  auto words = words_between(text, ", \t");
  for (const auto& word : words) {
    if (std::ranges::find(known, word) == known.end()) {
      return Complaint{"holds " + quoted_value(word) + ", which is no method",
                       "write some of: publickey, keyboard-interactive, password"};
    }
  }
  return words;
}

// ssh_config(5): an octal mask.
Parsed<mode_t> parse_bind_mask(std::string_view text) {
  unsigned mask = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, 8);
  if (error == std::errc{} && end == text.data() + text.size() && mask <= 0777) return mask;
  return Complaint{"is not a mask", "write an octal number like 0177"};
}

Parsed<observe::Level> parse_ssh_log_level(std::string_view text) {
  using enum observe::Level;
  constexpr Words<observe::Level, 9> words{{{"QUIET", error},
                                            {"FATAL", error},
                                            {"ERROR", error},
                                            {"INFO", info},
                                            {"VERBOSE", debug},
                                            {"DEBUG", debug},
                                            {"DEBUG1", debug},
                                            {"DEBUG2", trace},
                                            {"DEBUG3", trace}}};
  return parse_word(text, words);
}

Parsed<bool> parse_strictness(std::string_view text) {
  constexpr Words<bool, 5> words{
      {{"yes", true}, {"no", true}, {"ask", true}, {"off", true}, {"accept-new", true}}};
  return parse_word(text, words);
}

Parsed<int> parse_ssh_alive_count(std::string_view text) { return parse_number(text, 0, 1'000'000); }

}  // namespace towline::config
