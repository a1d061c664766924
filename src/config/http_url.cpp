#include "config/http_url.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace towline::config {

namespace {

constexpr const char* right_url = "write https://host/path, or http://host:port/path";

// What is behind "http://" or "https://".
std::optional<std::string_view> behind_scheme(std::string_view text, std::string_view scheme) {
  if (text.size() < scheme.size() || !equal_ignoring_case(text.substr(0, scheme.size()), scheme))
    return std::nullopt;
  return text.substr(scheme.size());
}

std::string_view authority_in(std::string_view behind) {
  return behind.substr(0, behind.find_first_of("/?#"));
}

// RFC 3986, 2: everything else is written as %XX.
bool is_of_urls(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

}  // namespace

Parsed<endpoint::AskedUrl> parse_http_url(std::string_view text) {
  endpoint::AskedUrl url;
  auto behind = behind_scheme(text, "https://");
  url.tls = behind.has_value();
  if (!behind) behind = behind_scheme(text, "http://");
  if (!behind) return Complaint{"is not the URL of an HTTP service", right_url};
  if (!std::ranges::all_of(*behind, is_of_urls))
    return Complaint{"has a character that no URL has", "write it as % and its two hexadecimal digits"};
  if (behind->find('#') != behind->npos)
    return Complaint{"has a fragment, which no server is ever told", "leave out what begins with #"};
  const auto authority = authority_in(*behind);
  auto where = net::parse_host_port(authority, url.tls ? 443 : 80);
  if (!where || where->host.empty() || where->port == 0)
    return Complaint{"has no host that can be asked", right_url};
  url.where = *std::move(where);
  url.target = behind->substr(authority.size());
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

bool has_user_in_url(std::string_view text) {
  const auto scheme = text.find("://");
  return scheme != text.npos && authority_in(text.substr(scheme + 3)).find('@') != std::string_view::npos;
}

}  // namespace towline::config
