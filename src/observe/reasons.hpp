// The closed sets of states and reasons: the same words in metrics, logs, health answers and /statusz.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace towline::observe {

enum class ForwardState {
  resolving,
  connecting,
  authenticating,
  binding,
  up,
  degraded,
  backoff,
  failed,
  draining,
  stopped
};

// In each set of reasons: resource_shortage, for what could not be had here (net::is_resource_shortage) and
// is nobody else's fault.

// Why an attempt did not become a session.
enum class ConnectFailure {
  dns,
  refused,
  timeout,
  unreachable,
  proxy,
  banner,
  kex,
  protocol,
  closed,  // during the login
  host_key,
  auth,
  resource_shortage,
  internal
};

// Why a session ended.
enum class Disconnect {
  peer_closed,
  peer_disconnect_msg,
  rx_timeout,
  socket_error,
  mac,
  protocol,
  rekey,
  config_reload,
  key_rotation,
  admin,
  other_address,  // than the one that is expected of a service that publishes
  shutdown,
  resource_shortage
};

// Why a listener, ours or the server's, could not be had. A server does not say whether a port is taken or
// forbidden: that is `refused`.
enum class SetupFailure { refused, port_in_use, denied, address, timeout, certificate, resource_shortage };

// Why a connection could not be joined to its target.
enum class ConnectionFailure {
  channel_prohibited,
  channel_connect_failed,
  channel_resource,
  target_refused,
  target_timeout,
  target_dns,
  target_reset,
  limit,
  not_up,
  draining,
  rate,
  handshake,     // a SOCKS client that could not be understood
  client_reset,  // before the target had answered
  resource_shortage
};

// Why a joined connection ended other than by both ends saying so.
enum class ConnectionAborted { session_lost, client_reset, target_reset, idle_timeout, drain_timeout };

// Why a probe through a forward did not succeed. `prohibited`: the server does not let us try, which says
// nothing about the forward. `stranger`: what answered is not our listener on the server. `limit`: the probe
// of -R came back to us, and a connection more was not allowed.
enum class ProbeFailure {
  connect,
  timeout,
  mismatch,
  tls,
  http_status,
  prohibited,
  stranger,
  limit,
  resource_shortage
};

// Why a forward that the server listens for is not public as it should be. `no_session`: the service opens
// none, or has ended it, and so tells no address.
enum class PublishFailure { no_session, no_address, other_address };

// What became of a channel that the server opened under another name than it was asked to listen on.
enum class UnmatchedChannel { joined, ambiguous, unasked, cancelled, unknown_type, limit };

// What a client of an endpoint of ours has open: a command, shell or subsystem; what its -L, -D or -W leads
// to; what came in through its -R.
enum class ChannelKind { session, local, remote };

// The parts of a successful attempt whose time is measured.
enum class ConnectPhase { dns, tcp, handshake, auth, forward };

// Who answered an admin request.
enum class HttpHandler { livez, readyz, startupz, statusz, metrics, index, other };

// The label values of a set, in the order of its enumerators.
template <class E>
inline constexpr std::array<std::string_view, 0> names{};

template <>
inline constexpr std::array<std::string_view, 10> names<ForwardState>{
    "resolving", "connecting", "authenticating", "binding",  "up",
    "degraded",  "backoff",    "failed",         "draining", "stopped"};
template <>
inline constexpr std::array<std::string_view, 13> names<ConnectFailure>{
    "dns",    "refused",  "timeout", "unreachable",       "proxy",   "banner", "kex", "protocol",
    "closed", "host_key", "auth",    "resource_shortage", "internal"};
template <>
inline constexpr std::array<std::string_view, 13> names<Disconnect>{"peer_closed",
                                                                    "peer_disconnect_msg",
                                                                    "rx_timeout",
                                                                    "socket_error",
                                                                    "mac",
                                                                    "protocol",
                                                                    "rekey",
                                                                    "config_reload",
                                                                    "key_rotation",
                                                                    "admin",
                                                                    "other_address",
                                                                    "shutdown",
                                                                    "resource_shortage"};
template <>
inline constexpr std::array<std::string_view, 7> names<SetupFailure>{
    "refused", "port_in_use", "denied", "address", "timeout", "certificate", "resource_shortage"};
template <>
inline constexpr std::array<std::string_view, 14> names<ConnectionFailure>{"channel_prohibited",
                                                                           "channel_connect_failed",
                                                                           "channel_resource",
                                                                           "target_refused",
                                                                           "target_timeout",
                                                                           "target_dns",
                                                                           "target_reset",
                                                                           "limit",
                                                                           "not_up",
                                                                           "draining",
                                                                           "rate",
                                                                           "handshake",
                                                                           "client_reset",
                                                                           "resource_shortage"};
template <>
inline constexpr std::array<std::string_view, 5> names<ConnectionAborted>{
    "session_lost", "client_reset", "target_reset", "idle_timeout", "drain_timeout"};
template <>
inline constexpr std::array<std::string_view, 9> names<ProbeFailure>{
    "connect",  "timeout", "mismatch",         "tls", "http_status", "prohibited",
    "stranger", "limit",   "resource_shortage"};
template <>
inline constexpr std::array<std::string_view, 3> names<PublishFailure>{"no_session", "no_address",
                                                                       "other_address"};
template <>
inline constexpr std::array<std::string_view, 6> names<UnmatchedChannel>{
    "joined", "ambiguous", "unasked", "cancelled", "unknown_type", "limit"};
template <>
inline constexpr std::array<std::string_view, 3> names<ChannelKind>{"session", "local", "remote"};
template <>
inline constexpr std::array<std::string_view, 5> names<ConnectPhase>{"dns", "tcp", "handshake", "auth",
                                                                     "forward"};
template <>
inline constexpr std::array<std::string_view, 7> names<HttpHandler>{
    "livez", "readyz", "startupz", "statusz", "metrics", "index", "other"};

template <class E>
concept Labelled = std::is_enum_v<E> && !names<E>.empty();

template <Labelled E>
constexpr std::string_view to_string(E value) {
  return names<E>.at(static_cast<std::size_t>(value));
}

// Every enumerator of the set, for series that must exist at zero.
template <Labelled E>
constexpr auto all() {
  std::array<E, names<E>.size()> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<E>(i);
  return values;
}

// One word out of these sets, or none: why something is not up.
class Reason {
 public:
  constexpr Reason() = default;
  template <Labelled E>
  constexpr Reason(E value) : label_(to_string(value)) {}

  constexpr std::string_view label() const { return label_; }
  constexpr explicit operator bool() const { return !label_.empty(); }
  constexpr bool operator==(const Reason&) const = default;

 private:
  std::string_view label_;
};

}  // namespace towline::observe
