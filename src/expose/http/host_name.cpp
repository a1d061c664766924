#include "expose/http/host_name.hpp"

#include "net/host_port.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <utility>

namespace towline::expose::web {

namespace {

// RFC 1035, 2.3.4, with the trailing dot.
constexpr std::size_t host_octets_max = 254;

bool is_host_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::optional<std::string> canonical_name(std::string_view text) {
  if (text.size() > host_octets_max) return std::nullopt;
  auto name = lower_case(text);
  if (name.ends_with('.')) name.pop_back();
  const bool has_empty_label =
      name.empty() || name.starts_with('.') || name.ends_with('.') || name.find("..") != std::string::npos;
  if (has_empty_label || !std::ranges::all_of(name, is_host_octet)) return std::nullopt;
  return name;
}

std::optional<std::string> canonical_v6(std::string_view text) {
  if (text.find('%') != std::string_view::npos) return std::nullopt;
  boost::system::error_code not_one;
  const auto address = boost::asio::ip::make_address_v6(std::string(text), not_one);
  if (not_one) return std::nullopt;
  return address.to_string();
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  const bool is_literal = text.starts_with('[');
  const auto end = is_literal ? text.find(']') : text.find(':');
  if (is_literal && end == std::string_view::npos) return std::nullopt;
  auto host = is_literal ? canonical_v6(text.substr(1, end - 1)) : canonical_name(text.substr(0, end));
  if (!host) return std::nullopt;
  Authority authority{std::move(*host), std::nullopt};
  auto rest = end == std::string_view::npos ? std::string_view() : text.substr(end + (is_literal ? 1 : 0));
  if (rest.empty() || rest == ":") return authority;
  if (!rest.starts_with(':')) return std::nullopt;
  authority.port = net::parse_port(rest.substr(1));
  if (!authority.port) return std::nullopt;
  return authority;
}

std::string to_string(const Authority& authority) {
  const bool is_v6 = authority.host.find(':') != std::string::npos;
  auto text = is_v6 ? '[' + authority.host + ']' : authority.host;
  if (authority.port) text += ':' + std::to_string(*authority.port);
  return text;
}

}  // namespace towline::expose::web
