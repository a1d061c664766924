#include "config/parse.hpp"

#include "config/key_text.hpp"
#include "config/problem.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <ranges>
#include <utility>

namespace towline::config {

namespace {

using std::chrono::seconds;

constexpr seconds duration_max = std::chrono::days{30};
constexpr std::size_t socket_path_max = 107;      // unix(7): sun_path holds 108 bytes with the final zero
constexpr std::size_t sha256_base64_length = 43;  // 32 bytes, RFC 4648 section 4, without padding
constexpr std::size_t name_length_max = 63;  // a DNS label, RFC 1035 section 2.3.4: the limit people know

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }

bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

std::optional<seconds> unit(char c) {
  switch (lower(c)) {
    case 's': return seconds{1};
    case 'm': return std::chrono::minutes{1};
    case 'h': return std::chrono::hours{1};
    case 'd': return std::chrono::days{1};
    case 'w': return std::chrono::weeks{1};
    default: return std::nullopt;
  }
}

// Nothing for what is no duration; more than the maximum for all that is too long.
std::optional<seconds> sum_of_units(std::string_view text) {
  if (text.empty()) return std::nullopt;
  seconds sum{0};
  while (!text.empty()) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!is_digit(text.front()) || error == std::errc::invalid_argument) return std::nullopt;
    const bool too_long = error == std::errc::result_out_of_range;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    seconds one{1};
    if (!text.empty()) {
      const auto written = unit(text.front());
      if (!written) return std::nullopt;
      one = *written;
      text.remove_prefix(1);
    }
    sum = std::min(too_long ? duration_max + one : sum + number * one, duration_max + seconds{1});
  }
  return sum;
}

Complaint not_a_port(std::string_view text, int min) {
  if (is_service_link(text)) {
    return {"is Kubernetes' service link of a Service whose name collides with this variable, not a port",
            "set enableServiceLinks: false in the pod's spec, or give the Service another name"};
  }
  return {"is not a port", "write a number from " + std::to_string(min) + " to 65535"};
}

constexpr std::string_view uri_scheme = "ssh://";

// "ssh://host:22/" is "host:22".
std::string_view without_scheme(std::string_view uri) {
  uri.remove_prefix(uri_scheme.size());
  if (uri.ends_with('/')) uri.remove_suffix(1);
  return uri;
}

// Nothing for what cannot be a server.
std::optional<ServerWords> parse_server(std::string_view text) {
  if (text.starts_with(uri_scheme)) text = without_scheme(text);
  // Only a port that is written does not follow the default.
  const auto one = net::parse_host_port(text, 1);
  const auto other = net::parse_host_port(text, 2);
  if (!one || one->host.empty() || one->port == 0) return std::nullopt;
  const bool has_port = one->port == other->port;
  return ServerWords{{}, one->host, has_port ? std::optional(one->port) : std::nullopt};
}

std::optional<ServerWords> parse_jump_host(std::string_view text) {
  if (text.starts_with(uri_scheme)) text = without_scheme(text);
  std::optional<std::string> user;
  // As in ssh: a login name may hold an "@", a host may not.
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    auto parsed = parse_user(text.substr(0, at));
    if (!parsed || has_password(text)) return std::nullopt;
    user = *std::move(parsed);
    text.remove_prefix(at + 1);
  }
  auto server = parse_server(text);
  if (server) server->user = std::move(user);
  return server;
}

template <class Parse>
Parsed<std::vector<ServerWords>> parse_each(std::string_view text, Parse parse, const char* right) {
  std::vector<ServerWords> servers;
  const auto entries = split_list(text);
  for (const auto entry : entries) {
    auto server = parse(entry);
    if (server) {
      servers.push_back(*std::move(server));
    } else if (entry.find("://") != entry.npos && !entry.starts_with(uri_scheme)) {
      return Complaint{"is a URL, not a server that speaks SSH", right};
    } else if (entries.size() == 1) {
      return Complaint{"is not a server", right};
    } else {
      return Complaint{"holds " + quoted_value(entry) + ", which is not a server", right};
    }
  }
  return servers;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

Parsed<seconds> parse_duration(std::string_view text) {
  const auto sum = sum_of_units(text);
  if (!sum) return Complaint{"is not a duration", "write for example 10, 10s, 1m30s or 2h"};
  if (*sum > duration_max) return Complaint{"is too long", "write at most 30d"};
  return *sum;
}

Parsed<seconds> parse_positive_duration(std::string_view text) {
  auto duration = parse_duration(text);
  if (duration && *duration == seconds{0}) return Complaint{"is too short", "write at least 1s"};
  return duration;
}

Parsed<bool> parse_boolean(std::string_view text) {
  constexpr Words<bool, 8> words{{{"true", true},
                                  {"false", false},
                                  {"yes", true},
                                  {"no", false},
                                  {"1", true},
                                  {"0", false},
                                  {"on", true},
                                  {"off", false}}};
  return parse_word(text, words);
}

Parsed<int> parse_number(std::string_view text, int min, int max) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool fits =
      error == std::errc{} && end == text.data() + text.size() && number >= min && number <= max;
  if (fits && is_digit(text.front())) return number;
  return Complaint{all_digits(text) ? "is out of range" : "is not a number",
                   "write a number from " + std::to_string(min) + " to " + std::to_string(max)};
}

Parsed<std::uint16_t> parse_connect_port(std::string_view text) {
  const auto port = net::parse_port(text);
  if (!port || *port == 0) return not_a_port(text, 1);
  return *port;
}

Parsed<std::uint16_t> parse_listen_port(std::string_view text) {
  const auto port = net::parse_port(text);
  if (!port) return not_a_port(text, 0);
  return *port;
}

bool is_service_link(std::string_view text) {
  return text.starts_with("tcp://") || text.starts_with("udp://") || text.starts_with("sctp://");
}

Parsed<std::string> parse_connect_host(std::string_view text) {
  if (auto host = net::parse_host(text); host && !host->empty()) return *std::move(host);
  if (text.find("://") != text.npos)
    return Complaint{"is a URL", "write its host alone; the port has its own variable"};
  return Complaint{"is not a host",
                   "write a name, an IPv4 or an IPv6 address; user and port have variables of their own"};
}

Parsed<std::string> parse_listen_host(std::string_view text) {
  if (text == "*" || text == "\"\"") return std::string();
  if (auto host = net::parse_host(text)) return *std::move(host);
  return Complaint{
      "is not an address to listen on",
      "write an IPv4 or IPv6 address, a name, or * for every address; the port has its own variable"};
}

Parsed<std::optional<net::HostPort>> parse_listen_address(std::string_view text) {
  if (equal_ignoring_case(text, "off")) return std::optional<net::HostPort>();
  if (text.starts_with("*:")) text.remove_prefix(1);
  // Without the colon a word like "false" would pass for a host.
  const bool has_port =
      text.starts_with('[') ? text.find("]:") != text.npos : std::ranges::count(text, ':') == 1;
  std::optional<net::HostPort> where;
  if (has_port && text.starts_with(':')) {
    if (const auto port = net::parse_port(text.substr(1))) where = net::HostPort{"", *port};
  } else if (has_port) {
    where = net::parse_host_port(text, 0);
  }
  if (where) return where;
  return Complaint{"is not an address to listen on",
                   "write host:port, [v6]:port, :port for every address, or off"};
}

Parsed<std::string> parse_path(std::string_view text) {
  if (text.empty() || std::ranges::any_of(text, is_control)) {
    return Complaint{"is not a path", "write the path of a file, not its content"};
  }
  return std::string(text);
}

Parsed<std::string> parse_socket_path(std::string_view text) {
  if (!text.starts_with('/') || std::ranges::any_of(text, is_control)) {
    return Complaint{"is not the path of a socket", "write a path that begins with /"};
  }
  if (text.size() > socket_path_max) {
    return Complaint{"is too long for the path of a socket", "write at most 107 bytes"};
  }
  return std::string(text);
}

Parsed<std::string> parse_user(std::string_view text) {
  if (text.empty() || std::ranges::any_of(text, is_control)) {
    return Complaint{"is not a login name", "write a name of one line"};
  }
  return std::string(text);
}

Parsed<std::string> parse_name(std::string_view text) {
  const auto fit = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; };
  const bool good = !text.empty() && text.size() <= name_length_max && std::ranges::all_of(text, fit) &&
                    text.front() != '.' && text.front() != '-';
  if (good) return std::string(text);
  return Complaint{
      "is not a name for a forward",
      "write at most 63 letters, digits, dots, dashes and underscores, the first a letter or digit"};
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> entries;
  for (;;) {
    const auto comma = text.find(',');
    entries.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return entries;
    text.remove_prefix(comma + 1);
  }
}

bool is_loopback(const std::string& host) {
  if (equal_ignoring_case(host, "localhost")) return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

Parsed<std::vector<std::string>> parse_fingerprints(std::string_view text) {
  constexpr std::string_view prefix = "SHA256:";
  const auto is_base64 = [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; };
  std::vector<std::string> all;
  for (auto entry : split_list(text)) {
    const bool named = equal_ignoring_case(entry.substr(0, prefix.size()), prefix);
    if (named) entry.remove_prefix(prefix.size());
    while (entry.ends_with('=')) entry.remove_suffix(1);
    if (!named || entry.size() != sha256_base64_length || !std::ranges::all_of(entry, is_base64)) {
      return Complaint{
          "is not a list of SHA256 fingerprints",
          "write SHA256:… as ssh-keygen -lf KEY.pub prints it on the server, with commas between"};
    }
    all.push_back(std::string(prefix) + std::string(entry));
  }
  return all;
}

Parsed<std::vector<ServerWords>> parse_servers(std::string_view text) {
  return parse_each(
      text, parse_server,
      "write a name, an IPv4 or an IPv6 address, or host:port or [v6]:port, with commas between "
      "several; the user has a variable of its own");
}

Parsed<std::vector<ServerWords>> parse_jump_hosts(std::string_view text) {
  return parse_each(text, parse_jump_host, "write user@host:port, with commas between several");
}

Parsed<std::vector<std::string>> parse_paths(std::string_view text) {
  std::vector<std::string> paths;
  for (const auto entry : split_list(text)) {
    auto path = parse_path(entry);
    if (!path) return std::move(path).error();
    paths.push_back(*std::move(path));
  }
  return paths;
}

}  // namespace towline::config
