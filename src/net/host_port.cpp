#include "net/host_port.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

namespace towline::net {

namespace {

constexpr std::size_t host_name_length_max = 253;  // RFC 1035 §2.3.4, without the root's empty label

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Wider than RFC 1123: container engines hand out names with underscores.
bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

bool is_address_v4(std::string_view text) {
  boost::system::error_code ec;
  boost::asio::ip::make_address_v4(text, ec);
  return !ec;
}

constexpr std::size_t zone_length_max = 15;  // IFNAMSIZ, without the final zero

// The name or the number of an interface (RFC 4007, 11.2). Linux takes anything but blanks, slashes and
// colons; with an @ it would be read as what stands behind a user.
bool is_zone(std::string_view text) {
  const auto fits = [](char c) {
    return c > ' ' && c <= '~' && std::string_view("/:]@").find(c) == std::string_view::npos;
  };
  return !text.empty() && text.size() <= zone_length_max && std::ranges::all_of(text, fits);
}

bool is_address_v6(std::string_view text) {
  const auto percent = text.find('%');
  if (percent != text.npos && !is_zone(text.substr(percent + 1))) return false;
  boost::system::error_code ec;
  boost::asio::ip::make_address_v6(text, ec);
  return !ec && text.find('\0') == text.npos;  // Asio reads a C string
}

// "10.0.0.256": four numbers that are no address can only be a typing error.
bool is_broken_address_v4(std::string_view text) {
  const bool numbers_only = std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
  return numbers_only && std::ranges::count(text, '.') == 3 && !is_address_v4(text);
}

bool is_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > host_name_length_max) return false;
  if (text.starts_with('-') || text.starts_with('.') || text.find("..") != text.npos) return false;
  return std::ranges::all_of(text, is_name_char) && !is_broken_address_v4(text);
}

}  // namespace

std::string to_string(const HostPort& where) {
  if (const auto at = where.host.rfind('@'); at != std::string::npos)
    return "***" + where.host.substr(at) + ':' + std::to_string(where.port);
  const bool v6 = where.host.find(':') != std::string::npos;
  return (v6 ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stopped, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (ec != std::errc{} || stopped != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<std::string> parse_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    text = text.substr(1, text.size() - 2);
    return is_address_v6(text) ? std::optional<std::string>(text) : std::nullopt;
  }
  if (is_name(text) || is_address_v6(text)) return std::string(text);
  return std::nullopt;
}

std::optional<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::optional<std::uint16_t> port = default_port;

  const auto colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool has_port = bracketed ? text.rfind("]:") != text.npos && text.rfind("]:") + 1 == colon
                                  : colon != text.npos && text.find(':') == colon;
  if (has_port) {
    host = text.substr(0, colon);
    port = parse_port(text.substr(colon + 1));
  }
  auto parsed = parse_host(host);
  if (!parsed || !port) return std::nullopt;
  return HostPort{std::move(*parsed), *port};
}

}  // namespace towline::net
