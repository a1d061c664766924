// What a -R asks the server to listen on, and what it has of that.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "forward/spec.hpp"
#include "ssh/client/remote_listener.hpp"
#include "ssh/client/session.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace towline::forward {

struct RemoteListening {
  std::vector<ssh::RemoteListener> listeners;  // at least one, all at the same port
  std::string where;                           // "127.0.0.1:8080, [::1]:8080", or a path
  std::string missing{};                       // "[::1]:8080"; empty: nothing

  std::uint16_t port() const { return listeners.front().bound_port(); }
};

// OpenSSH's server says yes to "localhost" also when it can listen on one of the two loopback addresses only,
// and does not say on which. An address that is written is sent as it is. Pure.
bool asks_for_each_loopback(const ForwardSpec& spec, std::string_view server_software);

// At `port` where `spec` has one, and within `timeout` for each answer. Where each loopback address is asked
// for, 127.0.0.1 must be had and ::1 may be missing: a server without IPv6 cannot give it. Errors: those of
// ssh::Session::listen; the detail of forward_refused names the address.
Task<Result<RemoteListening>> listen_on_server(ssh::Session& session, const ForwardSpec& spec,
                                               std::uint16_t port, std::chrono::milliseconds timeout);

}  // namespace towline::forward
