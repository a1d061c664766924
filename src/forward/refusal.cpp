#include "forward/refusal.hpp"

#include "net/error.hpp"
#include "ssh/client/forwarding_rules.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

namespace towline::forward {

using observe::SetupFailure;

namespace {

const char* tcp_hint(SetupFailure reason) {
  switch (reason) {
    case SetupFailure::port_in_use:
      return "another program, another towline or an outgoing connection has it: choose another port, "
             "outside "
             "of net.ipv4.ip_local_port_range";
    case SetupFailure::denied: return "ports below 1024 need a capability: choose a port from 1024 up";
    default: return "the address to bind must be one of this machine or container, 0.0.0.0 or *";
  }
}

const char* path_hint(const error_code& code, SetupFailure reason) {
  if (code == net::errc::stale_socket)
    return "left by a program that did not end in order: remove it, or set SSH_OPTIONS to \"-o "
           "StreamLocalBindUnlink=yes\"";
  if (code == net::errc::not_a_socket) return "choose another path, or remove the file";
  if (reason == SetupFailure::port_in_use)
    return "another program, or another towline, listens there: choose another path";
  if (reason == SetupFailure::denied) return "the folder must be writable for the user that towline runs as";
  return "the folder must exist, and the path be at most 107 bytes long";
}

}  // namespace

SetupFailure setup_failure(const error_code& code) {
  if (net::is_resource_shortage(code)) return SetupFailure::resource_shortage;
  if (code == asio::error::address_in_use || code == net::errc::stale_socket ||
      code == net::errc::not_a_socket)
    return SetupFailure::port_in_use;
  if (code == asio::error::access_denied || code == boost::system::errc::operation_not_permitted ||
      code == boost::system::errc::read_only_file_system)
    return SetupFailure::denied;
  return SetupFailure::address;
}

Explanation bind_refusal(const ForwardSpec& spec, const Failure& failure) {
  const auto reason = setup_failure(failure.code);
  if (reason == SetupFailure::resource_shortage)
    return {reason, failure.message(), net::resource_shortage_hint};
  const auto* hint = spec.listen_path.empty() ? tcp_hint(reason) : path_hint(failure.code, reason);
  return {reason, failure.message(), hint};
}

Explanation listen_refusal(const ForwardSpec& spec, std::uint16_t port, SetupFailure reason,
                           const std::string& refused) {
  const bool is_unix = !spec.listen_path.empty();
  const auto configured = is_unix ? spec.listen_path : net::to_string({spec.listen.host, port});
  const auto& address = refused.empty() ? configured : refused;
  Explanation why{reason, "the server refused to listen on " + address, {}};
  if (reason == SetupFailure::timeout) {
    why.detail = "the server did not answer the request to listen on " + address;
    why.hint = "look at the server: it is overloaded or hangs";
    return why;
  }
  why.hint = is_unix ? "the socket may be there already, often left by a lost session (set "
                       "StreamLocalBindUnlink yes in the server's sshd_config), its folder may be missing or "
                       "not writable for the user, or forwarding forbidden: see AllowStreamLocalForwarding "
                       "and DisableForwarding there, and restrict and no-port-forwarding in authorized_keys"
                     : "the port may be taken, often by a lost session that the server still holds (set "
                       "ClientAliveInterval 10 in its sshd_config), or below 1024, or forbidden there: see "
                       "GatewayPorts (for other addresses than loopback), " +
                           ssh::rules_on_listening;
  return why;
}

}  // namespace towline::forward
