// The host that a request is for; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace towline::expose::web {

// RFC 3986, 3.2.2, of a reg-name letters, digits, '-', '_' and '.' alone.
struct Authority {
  std::string host;                   // lower case, without a trailing dot, an IPv6 address without brackets
  std::optional<std::uint16_t> port;  // as written

  bool operator==(const Authority&) const = default;
};

// Nothing for what names no host, has a user in it, or a port that is none.
std::optional<Authority> parse_authority(std::string_view text);

// As it is written in a Host field.
std::string to_string(const Authority& authority);

}  // namespace towline::expose::web
