#include "publish/address.hpp"

#include "net/host_port.hpp"
#include "text/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace towline::publish {

namespace {

constexpr std::size_t host_max = 253;  // RFC 1035, 2.3.4
constexpr std::size_t address_max = 512;

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_';
}

bool is_path_character(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("\"'`<>\\^{|}").find(c) == std::string_view::npos;
}

// "name", "name:8443", "[v6]:8443": as it was written.
bool is_place(std::string_view text, bool with_port) {
  auto host = text;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(0, end + 1);
    const auto inside = host.substr(1, host.size() - 2);
    const auto fits = [](char c) { return is_name_character(c) || c == ':'; };
    if (inside.find(':') == std::string_view::npos || !std::ranges::all_of(inside, fits)) return false;
  } else {
    host = text.substr(0, text.find(':'));
    if (!std::ranges::all_of(host, is_name_character) || host.starts_with('.') || host.starts_with('-'))
      return false;
  }
  if (host.empty() || host.size() > host_max) return false;
  const auto rest = text.substr(host.size());
  if (rest.empty()) return !with_port;
  const auto port = net::parse_port(rest.substr(1));
  return rest.starts_with(':') && port && *port != 0;
}

std::string_view before(std::string_view text, std::string_view any_of) {
  return text.substr(0, text.find_first_of(any_of));
}

std::string url_of(std::string_view scheme, std::string_view rest) {
  rest = before(rest, "?#");
  auto place = before(rest, "/");
  const auto path = rest.substr(place.size());
  if (const auto at = place.rfind('@'); at != std::string_view::npos) place.remove_prefix(at + 1);
  if (!is_place(place, false) || !std::ranges::all_of(path, is_path_character)) return {};
  return std::string(scheme) + "://" + std::string(place) + (path == "/" ? "" : std::string(path));
}

}  // namespace

std::string_view scheme_of(std::string_view address) {
  for (const std::string_view scheme : {"https", "http"}) {
    if (address.starts_with(scheme) && address.substr(scheme.size()).starts_with("://")) return scheme;
  }
  return {};
}

std::string address_of(std::string_view text) {
  if (text.size() > address_max) return {};
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return is_place(text, true) ? std::string(text) : std::string();
  const auto scheme = text::lower_case(text.substr(0, colon));
  const auto rest = text.substr(colon + 3);
  if (scheme == "http" || scheme == "https") return url_of(scheme, rest);
  const bool plain = scheme == "tcp" || scheme == "tls";
  return plain && is_place(rest, true) ? std::string(rest) : std::string();
}

std::string place_of(std::string_view address) {
  if (const auto colon = address.find("://"); colon != std::string_view::npos)
    address.remove_prefix(colon + 3);
  return text::lower_case(before(address, "/"));
}

std::string without_queries(std::string_view line) {
  std::string out;
  bool hidden = false;
  for (const char c : line) {
    if (c == ' ') hidden = false;
    if (!hidden) out += c;
    if (c == '?' && !hidden) {
      hidden = true;
      out += "…";
    }
  }
  return out;
}

}  // namespace towline::publish
