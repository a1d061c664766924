// What a visitor wants of TLS, out of its first message (RFC 8446, 4.1.2); pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace towline::expose::tls {

// Ten times one with post-quantum keys and a ticket.
inline constexpr std::size_t hello_octets_max = 32 * 1024;

struct ClientHello {
  std::string server_name;             // lower case; empty: none, or one that is no host name
  std::vector<std::string> protocols;  // ALPN's, as they are
};

enum class NoHello {
  more,     // it has not come whole
  not_tls,  // it will never be one, or is too long
};

// `octets` are what has come so far, in however many records.
std::variant<ClientHello, NoHello> parse_client_hello(std::string_view octets);

}  // namespace towline::expose::tls
