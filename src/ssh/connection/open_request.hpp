// Channels to open, by their types (RFC 4254, 6.1 and 7.2; OpenSSH PROTOCOL, 2.4).
#pragma once

#include "net/host_port.hpp"
#include "ssh/connection/outbox.hpp"
#include "ssh/wire/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace towline::ssh::connection {

// By a client.
struct DirectTcpip {
  net::HostPort target;
  net::HostPort originator;
};
struct DirectStreamlocal {
  std::string path;
};
struct SessionChannel {};

// By a server, for what it listens on.
struct ForwardedTcpip {
  net::HostPort listener;  // as it was asked for, with the port that was bound
  net::HostPort originator;
};
struct ForwardedStreamlocal {
  std::string path;
};

// As somebody else asked for it.
struct OpaqueChannel {
  std::string type;
  std::vector<std::uint8_t> payload;
};

using OpenRequest = std::variant<DirectTcpip, DirectStreamlocal, SessionChannel, ForwardedTcpip,
                                 ForwardedStreamlocal, OpaqueChannel>;

// Why a channel was not opened (RFC 4254, 5.1): errc::open_* to its number and back; what has none is a
// connect failure.
std::uint32_t open_failure_code(errc reason);
errc open_failure(std::uint32_t code);

std::string_view type_of(const OpenRequest& request);
// What belongs to the type, behind the fields that every CHANNEL_OPEN has.
void write_payload(Outbox::Message& message, const OpenRequest& request);

}  // namespace towline::ssh::connection
