#include "forward/explain.hpp"

#include "net/error.hpp"
#include "ssh/client/forwarding_rules.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

namespace towline::forward {

using observe::ConnectionFailure;
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

std::string limit_hint(Limit reached) {
  if (reached == Limit::descriptors)
    return "the descriptors of this process are used up: raise the limit of open files (ulimit -n, "
           "LimitNOFILE "
           "of systemd, --ulimit nofile of docker), or find out who does not close connections";
  return "raise TOWLINE_MAX_CONNECTIONS or the max_connections of this forward, or find out who does not "
         "close "
         "connections";
}

std::string connection_hint(ConnectionFailure reason, Mode mode) {
  switch (reason) {
    case ConnectionFailure::channel_prohibited: return "the server forbids it: see " + ssh::rules_on_opening;
    case ConnectionFailure::channel_connect_failed:
      return "check the target, seen from the server: does it run, and is its name known there?";
    case ConnectionFailure::channel_resource: return "the server is out of channels or memory";
    case ConnectionFailure::target_refused:
      return "check the target, seen from here: does anything listen there?";
    case ConnectionFailure::target_timeout:
      return mode == Mode::remote
                 ? "look for a firewall that drops packets between here and the target"
                 : "look for a firewall that drops packets between the server and the target";
    case ConnectionFailure::target_dns:
      return "check the target's name and the name servers in /etc/resolv.conf";
    case ConnectionFailure::target_reset:
      return "look at the target: it accepts connections and cuts them at once, as a proxy does for a server "
             "that is not there";
    case ConnectionFailure::limit: return limit_hint(Limit::connections);
    case ConnectionFailure::not_up:
      return "the session was lost at that moment: nothing to do, its own line says why";
    case ConnectionFailure::handshake: return "see the client's proxy setting";
    case ConnectionFailure::client_reset:
      return "the client did not wait for the target's answer: see what ended it, and how long it waits";
    case ConnectionFailure::resource_shortage: return net::resource_shortage_hint;
    case ConnectionFailure::draining:
    case ConnectionFailure::rate: break;  // reserved
  }
  return {};
}

}  // namespace towline::forward
