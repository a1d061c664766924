#include "net/resolv_conf.hpp"

#include "net/error.hpp"
#include "text/file.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <sstream>
#include <unistd.h>

namespace towline::net {

namespace {

// resolv.h: MAXNS, RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY.
constexpr std::size_t servers_max = 3;
constexpr int ndots_max = 15;
constexpr int timeout_max_s = 30;
constexpr int attempts_max = 5;
constexpr std::uint16_t dns_port = 53;

using Words = std::vector<std::string>;

Words words_of(std::string_view line) {
  std::istringstream in{std::string(line)};
  return {std::istream_iterator<std::string>(in), {}};
}

// The number behind "name:"; nothing for another option and for what is no number.
std::optional<int> number_of(std::string_view option, std::string_view name) {
  if (!option.starts_with(name)) return std::nullopt;
  option.remove_prefix(name.size());
  int value = 0;
  const auto [end, problem] = std::from_chars(option.data(), option.data() + option.size(), value);
  if (problem != std::errc{} || end != option.data() + option.size()) return std::nullopt;
  return value;
}

void apply_option(std::string_view option, ResolvConf& conf) {
  if (const auto n = number_of(option, "ndots:")) conf.ndots = std::clamp(*n, 0, ndots_max);
  if (const auto n = number_of(option, "timeout:"))
    conf.timeout = std::chrono::seconds(std::clamp(*n, 1, timeout_max_s));
  if (const auto n = number_of(option, "attempts:")) conf.attempts = std::clamp(*n, 1, attempts_max);
  if (option == "rotate") conf.rotate = true;
  if (option == "no-aaaa") conf.no_aaaa = true;
  if (option == "single-request" || option == "single-request-reopen") conf.single_request = true;
  if (option == "use-vc") conf.use_vc = true;
}

void apply_options(const Words& options, ResolvConf& conf) {
  for (const auto& option : options) apply_option(option, conf);
}

std::string without_final_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

void set_search(const Words& domains, ResolvConf& conf) {
  conf.search.clear();
  for (const auto& domain : domains) conf.search.push_back(without_final_dot(domain));
}

void add_server(const std::string& address, ResolvConf& conf) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(address.substr(0, address.find('%')), not_an_address);
  if (conf.servers.size() == servers_max || not_an_address) return;
  conf.servers.push_back({address, dns_port});
}

void apply_line(std::string_view line, ResolvConf& conf) {
  auto words = words_of(line.substr(0, line.find_first_of("#;")));
  if (words.size() < 2) return;
  const auto keyword = words.front();
  words.erase(words.begin());
  if (keyword == "nameserver") add_server(words.front(), conf);
  if (keyword == "search") set_search(words, conf);
  if (keyword == "domain") set_search({words.front()}, conf);
  if (keyword == "options") apply_options(words, conf);
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text, const ResolvVariables& variables) {
  ResolvConf conf;
  const auto dot = variables.host_name.find('.');
  if (dot != std::string::npos) set_search({variables.host_name.substr(dot + 1)}, conf);
  while (!text.empty()) {
    const auto end = text.find('\n');
    apply_line(text.substr(0, end), conf);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (!variables.local_domain.empty()) set_search(words_of(variables.local_domain), conf);
  apply_options(words_of(variables.options), conf);
  if (conf.servers.empty()) conf.servers.push_back({"127.0.0.1", dns_port});
  return conf;
}

Result<ResolvConf> read_resolv_conf(const std::string& path) {
  const auto file = text::read_file(path);
  if (is_resource_shortage(file.error)) return Failure(file.error, path);
  return parse_resolv_conf(file.text.reveal(),
                           {variable("LOCALDOMAIN"), variable("RES_OPTIONS"), host_name()});
}

std::vector<std::string> names_to_ask(std::string_view host, const ResolvConf& conf) {
  if (host.ends_with('.')) return {without_final_dot(std::string(host))};
  const std::string as_it_is(host);
  std::vector<std::string> names;
  for (const auto& domain : conf.search) {
    auto& name = names.emplace_back(as_it_is);
    if (!domain.empty()) name.append(1, '.').append(domain);
  }
  const bool first = std::ranges::count(host, '.') >= conf.ndots;
  names.insert(first ? names.begin() : names.end(), as_it_is);
  std::vector<std::string> once;
  for (auto& name : names) {
    if (std::ranges::find(once, name) == once.end()) once.push_back(std::move(name));
  }
  return once;
}

}  // namespace towline::net
