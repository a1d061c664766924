#include "supervisor/explain.hpp"

#include "async/result.hpp"
#include "net/error.hpp"
#include "ssh/error.hpp"
#include "ssh/forwarding_rules.hpp"
#include "supervisor/explain_authentication.hpp"
#include "supervisor/explain_negotiation.hpp"
#include "supervisor/explain_words.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

namespace towline::supervisor {

namespace {

using boost::system::error_code;
namespace asio_error = boost::asio::error;
using observe::ConnectFailure;
using observe::Disconnect;
using ssh::errc;

ConnectFailure ssh_failure(errc e) {
  switch (e) {
    case errc::connect_timeout: return ConnectFailure::timeout;
    case errc::banner_missing: return ConnectFailure::banner;
    case errc::host_key_mismatch:
    case errc::host_key_unknown:
    case errc::host_key_revoked:
    case errc::host_certificate_invalid: return ConnectFailure::host_key;
    case errc::key_file_unreadable:
    case errc::key_file_invalid:
    case errc::key_file_needs_passphrase:
    case errc::passphrase_wrong:
    case errc::certificate_invalid:
    case errc::certificate_expired:
    case errc::secret_file_unreadable:
    case errc::agent_unreachable:
    case errc::agent_failed:
    case errc::agent_empty:
    case errc::password_change_required:
    case errc::password_refused:
    case errc::questions_unanswered:
    case errc::too_many_attempts:
    case errc::more_proof_required:
    case errc::method_not_offered:
    case errc::authentication_refused: return ConnectFailure::auth;
    case errc::no_common_key_exchange:
    case errc::no_common_host_key:
    case errc::no_common_cipher:
    case errc::no_common_mac:
    case errc::no_common_compression:
    case errc::key_exchange_failed: return ConnectFailure::kex;
    case errc::peer_closed:
    case errc::peer_disconnected:
    case errc::transport_failed: return ConnectFailure::closed;
    case errc::open_administratively_prohibited:  // by a jump host
    case errc::open_connect_failed:
    case errc::open_unknown_channel_type:
    case errc::open_resource_shortage: return ConnectFailure::proxy;
    case errc::open_timeout:
    case errc::keepalive_timeout: return ConnectFailure::timeout;
    default: return ConnectFailure::internal;
  }
}

std::string known_hosts_advice(const ssh::Options& options) {
  const auto& rules = options.host_key;
  if (!rules.known_hosts_files.empty()) return rules.known_hosts_files.front();
  if (!rules.known_hosts_text.empty()) return "SSH_KNOWN_HOSTS";
  if (!rules.fingerprints.empty()) return "SSH_HOST_KEY_FINGERPRINT";
  const bool kept = rules.strict == ssh::StrictHostKeyChecking::accept_new && !rules.accepted_file.empty();
  return kept ? rules.accepted_file + " (and restart)" : "the known_hosts file";
}

// What ssh-keyscan says of the server, to be compared there before it is believed.
std::string keyscan(const ssh::Options& options) {
  return "ssh-keyscan -p " + std::to_string(options.server.port) + " " + options.server.host;
}

// Channels, requests, and what servers must not do.
std::string channel_hint(errc e) {
  switch (e) {
    case errc::session_closed:
    case errc::channel_closed: return {};
    case errc::open_administratively_prohibited:
    case errc::open_unknown_channel_type: return "the server forbids it: see " + ssh::rules_on_opening;
    case errc::open_connect_failed:
    case errc::open_timeout: return "check the target as seen from the server, which also resolves its name";
    case errc::open_resource_shortage: return "the server is out of channels or memory";
    case errc::forward_refused:
    case errc::forward_timeout: return "see GatewayPorts, " + ssh::rules_on_listening;
    default:
      return "a server that follows RFC 4254 does not do this: please report it with the server's name and "
             "version";
  }
}

std::string host_key_hint(errc e, const ssh::Options& options) {
  switch (e) {
    case errc::host_key_mismatch:
      return "if the server was reinstalled, compare the offered fingerprint on the server (ssh-keygen -lf "
             "/etc/ssh/ssh_host_ed25519_key.pub) and replace what " +
             known_hosts_advice(options) + " has (" + keyscan(options) +
             "); if not, someone may be in between";
    case errc::host_key_unknown:
      return "compare the fingerprint on the server and add its key to " + known_hosts_advice(options) +
             " (" + keyscan(options) + ")";
    case errc::host_key_revoked:
      return "the key was revoked on purpose: ask whoever maintains the known_hosts file";
    case errc::host_certificate_invalid:
      return "look at it on the server (ssh-keygen -L -f) and have it signed anew: ssh-keygen -s CA -h -n " +
             options.server.host + " -I ID KEY.pub; and check this machine's clock";
    default: return {};
  }
}

std::string session_hint(errc e, const ssh::Options& options) {
  const auto server = net::to_string(options.server);
  switch (e) {
    case errc::connect_timeout:
      return "look for a firewall that drops packets, and for a server that is overloaded";
    case errc::banner_missing:
      return "check that " + server +
             " is an SSH server, and its MaxStartups, PerSourcePenalties and fail2ban";
    case errc::key_exchange_failed: return "the server's log says why";
    case errc::keepalive_timeout:
      return "the server or the path to it stopped responding; check both if it does not recover";
    case errc::peer_closed:
    case errc::peer_disconnected:
    case errc::rekey_failed: return "the server's log says why";
    case errc::transport_failed:
      return "something between here and " + server +
             " cut the connection (a NAT, a load balancer or a firewall), or the server did: its log says "
             "which";
    case errc::host_key_changed_in_rekey:
      return "an honest server does not do this: look for someone in between";
    case errc::output_overflow: return "look at the server: it sends requests and does not read the answers";
    default: return channel_hint(e);
  }
}

std::string ssh_hint(const Failure& failure, const ssh::Options& options) {
  const auto e = static_cast<errc>(failure.code.value());
  auto advice = negotiation_hint(failure, options.algorithms, net::to_string(options.server));
  if (advice.empty()) advice = authentication_hint(failure, {options.user, options.credentials});
  if (advice.empty()) advice = host_key_hint(e, options);
  return advice.empty() ? session_hint(e, options) : advice;
}

// What the system says of a connection that was tried or lost.
std::string system_hint(const error_code& code, const ssh::Options& options) {
  const auto server = net::to_string(options.server);
  if (code == asio_error::connection_refused) {
    return "check SSH_REMOTE_HOST and SSH_REMOTE_PORT, and that sshd runs there";
  }
  if (code == asio_error::timed_out) return "look for a firewall that drops packets on the way to " + server;
  if (code == asio_error::access_denied || code == boost::system::errc::operation_not_permitted) {
    return "look for a network policy or a firewall on this machine that forbids connections to " + server;
  }
  if (code == boost::system::errc::address_not_available || code == boost::system::errc::no_such_device) {
    return "BindAddress and BindInterface in SSH_OPTIONS must name an address or interface of this machine "
           "or container";
  }
  if (code == boost::system::errc::too_many_files_open) return "raise the limit of open files (ulimit -n)";
  return "check the network of this machine or container and its route to " + server;
}

}  // namespace

ConnectFailure connect_failure(const error_code& code) {
  if (code == internal_error()) return ConnectFailure::internal;
  if (code.category() == ssh::error_category()) return ssh_failure(static_cast<errc>(code.value()));
  if (code == net::errc::connect_timed_out || code == net::errc::resolve_timed_out)
    return ConnectFailure::timeout;
  if (code.category() == net::net_category()) return ConnectFailure::dns;
  if (code == asio_error::connection_refused) return ConnectFailure::refused;
  if (code == asio_error::timed_out) return ConnectFailure::timeout;
  return ConnectFailure::unreachable;
}

Disconnect disconnect(const error_code& code) {
  if (code == internal_error()) return Disconnect::protocol;
  if (code.category() != ssh::error_category()) return Disconnect::socket_error;
  switch (static_cast<errc>(code.value())) {
    case errc::peer_closed: return Disconnect::peer_closed;
    case errc::peer_disconnected: return Disconnect::peer_disconnect_msg;
    case errc::keepalive_timeout: return Disconnect::rx_timeout;
    case errc::transport_failed: return Disconnect::socket_error;
    case errc::rekey_failed:
    case errc::host_key_changed_in_rekey: return Disconnect::rekey;
    case errc::session_closed: return Disconnect::shutdown;
    default: return Disconnect::protocol;
  }
}

std::string hint(const Failure& failure, const ssh::Options& options) {
  const auto& code = failure.code;
  if (code == internal_error()) return "this is a bug: please report it with the log";
  if (auto advice = hint_by_words(failure, options.user); !advice.empty()) return advice;
  if (code.category() == ssh::error_category()) return ssh_hint(failure, options);
  if (code.category() != net::net_category()) return system_hint(code, options);
  if (code == net::errc::connect_timed_out) {
    return "look for a firewall that drops packets on the way to " + net::to_string(options.server);
  }
  if (code == net::errc::name_not_found || code == net::errc::no_address) {
    return "check SSH_REMOTE_HOST and the name servers in /etc/resolv.conf";
  }
  return "check the name servers in /etc/resolv.conf and the network";
}

}  // namespace towline::supervisor
