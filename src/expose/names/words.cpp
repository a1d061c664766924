#include "expose/names/words.hpp"

#include "text/pattern.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <utility>

namespace towline::expose {

namespace {

constexpr std::size_t command_octets_max = 8'192;
constexpr std::size_t word_shown_max = 60;
constexpr std::size_t pool_limit = 1'000'000;

using Text = std::string_view;
using Problem = std::string;

Problem read_addresses(Text value, std::optional<ssh::AddressPatterns>& into) {
  return ssh::AddressPatterns::parse(value, ssh::AddressPatterns::Form::source_address, into.emplace());
}

Problem read_host(Text value, Words& words) {
  const bool is_host = !value.empty() && std::ranges::all_of(value, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           Text("-._:[]").find(static_cast<char>(c)) != Text::npos;
  });
  if (!is_host) return "takes a host name or an address";
  words.host = value;
  return {};
}

Problem read_fingerprints(Text value, Words& words) {
  while (!value.empty()) {
    const auto one = text::take_listed(value);
    if (!one.starts_with("SHA256:") || one.size() == Text("SHA256:").size())
      return "takes SHA256:… as ssh-keygen -l prints it, several with commas between";
    words.fingerprints.emplace_back(one.substr(0, one.find_last_not_of('=') + 1));
  }
  return words.fingerprints.empty() ? "takes at least one fingerprint" : Problem();
}

Problem read_pool(Text value, Words& words) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc() || end != value.data() + value.size() || count == 0 || count > pool_limit)
    return "takes a number from 1 to 1000000";
  words.pool = count;
  return {};
}

Problem read_proxy_protocol(Text value, Words& words) {
  if (value != "v1" && value != "v2") return "takes v1 or v2";
  words.proxy_protocol = value == "v1" ? forward::ProxyProtocol::v1 : forward::ProxyProtocol::v2;
  return {};
}

Problem read_output(Text value, Words& words) {
  if (value != "json" && value != "text") return "takes json or text";
  words.json = value == "json";
  return {};
}

struct Known {
  Text name;
  bool has_value;
  Problem (*read)(Text value, Words& words);
};

constexpr auto known_words = std::to_array<Known>({
    {"force-https", false, [](Text, Words& w) { return w.force_https = true, Problem(); }},
    {"http2", false, [](Text, Words& w) { return w.http2 = true, Problem(); }},
    {"sni-proxy", false, [](Text, Words& w) { return w.sni_proxy = true, Problem(); }},
    {"tcp-alias", false, [](Text, Words& w) { return w.tcp_alias = true, Problem(); }},
    {"host", true, read_host},
    {"ip-allowlist", true, [](Text value, Words& w) { return read_addresses(value, w.allow); }},
    {"ip-blocklist", true, [](Text value, Words& w) { return read_addresses(value, w.block); }},
    {"allowed-fingerprints", true, read_fingerprints},
    {"pool", true, read_pool},
    {"proxy_protocol", true, read_proxy_protocol},
    {"proxy-protocol", true, read_proxy_protocol},
    {"--output", true, read_output},
});

Problem all_known() {
  Problem list;
  for (const auto& word : known_words) {
    if (word.name == "proxy-protocol") continue;  // the same by sish's spelling
    list += (list.empty() ? "" : ", ") + std::string(word.name) + (word.has_value ? "=…" : "");
  }
  return list;
}

Problem quoted_word(Text word) { return '"' + text::one_line(word, word_shown_max) + '"'; }

Text take_word(Text& rest) {
  constexpr Text blanks = " \t\r\n";
  const auto begin = std::min(rest.find_first_not_of(blanks), rest.size());
  rest.remove_prefix(begin);
  const auto word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  return word;
}

class Reading {
 public:
  Problem read(Text word, Text& rest, Words& words) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto* known = std::ranges::find(known_words, name, &Known::name);
    if (known == known_words.end())
      return quoted_word(name) + " is not a known word; known are: " + all_known();
    const bool in_next = equals == Text::npos && known->has_value && name.starts_with("--");
    if (!in_next && known->has_value != (equals != Text::npos))
      return quoted_word(name) + (known->has_value ? " needs a value: " : " takes no value: ") +
             std::string(name) + (known->has_value ? "=…" : "");
    auto& seen = seen_.at(static_cast<std::size_t>(known - known_words.begin()));
    if (std::exchange(seen, true)) return quoted_word(name) + " is there twice";
    const auto value = in_next ? take_word(rest) : equals == Text::npos ? Text() : word.substr(equals + 1);
    auto problem = known->read(value, words);
    return problem.empty() ? problem : quoted_word(name) + ": " + problem;
  }

 private:
  std::array<bool, known_words.size()> seen_{};
};

}  // namespace

WordsRead parse_words(Text command) {
  WordsRead all;
  if (command.size() > command_octets_max) return {.words = {}, .problem = "the command is too long"};
  Reading reading;
  for (auto word = take_word(command); !word.empty(); word = take_word(command)) {
    all.problem = reading.read(word, command, all.words);
    if (!all.problem.empty()) return {.words = {}, .problem = std::move(all.problem)};
  }
  if (all.words.sni_proxy && all.words.tcp_alias)
    return {.words = {}, .problem = "sni-proxy and tcp-alias exclude each other"};
  return all;
}

bool admits(const Words& words, const ssh::ClientAddress& visitor) {
  if (words.block && words.block->permits(visitor)) return false;
  return !words.allow || words.allow->permits(visitor);
}

}  // namespace towline::expose
