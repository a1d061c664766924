#include "config/servers.hpp"

#include "config/key_text.hpp"
#include "config/problem.hpp"

#include <utility>

namespace towline::config {

namespace {

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
      return Complaint{"holds " + config::quoted(entry) + ", which is not a server", right};
    }
  }
  return servers;
}

}  // namespace

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
