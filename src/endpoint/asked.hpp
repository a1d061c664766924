// What a client asks for in the payloads of its requests (RFC 4254, 7; OpenSSH PROTOCOL, 2.4). Pure.
#pragma once

#include "net/host_port.hpp"
#include "ssh/client/listens.hpp"
#include "ssh/connection/answers.hpp"
#include "ssh/wire/message.hpp"

#include <cstdint>
#include <optional>

namespace towline::endpoint {

// Of tcpip-forward and streamlocal-forward, and their cancels. Nothing: malformed.
std::optional<ssh::ListenAddress> read_listen(ssh::Bytes payload, bool is_unix);

// The port that a tcpip-forward for port 0 was given.
ssh::connection::Answer port_answer(std::uint16_t port);

// Of direct-tcpip. Nothing: malformed; an originator that is malformed is not there.
struct DirectTarget {
  net::HostPort target{};
  net::HostPort originator{};
};
std::optional<DirectTarget> read_direct(ssh::Bytes payload);

}  // namespace towline::endpoint
