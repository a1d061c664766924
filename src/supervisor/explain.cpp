#include "supervisor/explain.hpp"

#include "async/result.hpp"
#include "net/error.hpp"
#include "ssh/error.hpp"

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
    case errc::authentication_refused: return ConnectFailure::auth;
    case errc::key_exchange_failed:
    case errc::peer_closed:
    case errc::peer_disconnected:
    case errc::transport_failed: return ConnectFailure::kex;
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

std::string key_advice(const ssh::Options& options) {
  const auto& keys = options.credentials.keys;
  return keys.empty() || keys.front().file.empty() ? "" : " at " + keys.front().file;
}

std::string credentials_hint(errc e, const ssh::Options& options) {
  const auto& agent = options.credentials.agent_socket;
  const std::string socket = agent.empty() ? "SSH_AUTH_SOCK" : "SSH_AUTH_SOCK " + agent;
  switch (e) {
    case errc::key_file_needs_passphrase:
      return "set SSH_KEY_PASSPHRASE or SSH_KEY_PASSPHRASE_FILE, or use a key without one (ssh-keygen -p -N "
             "'' "
             "-f KEY)";
    case errc::passphrase_wrong:
      return "compare SSH_KEY_PASSPHRASE with what ssh-keygen -y -f KEY accepts; look for a blank or a line "
             "break at its end";
    case errc::certificate_invalid:
      return "mount the -cert.pub file that was signed for this key: ssh-keygen -L -f CERT shows its type "
             "and "
             "its key";
    case errc::certificate_expired: return "renew the certificate, or set the clock: ssh-keygen -L -f CERT";
    case errc::secret_file_unreadable:
      return "mount the file where user and group of this process may read it (mode 0400 or 0440)";
    case errc::agent_unreachable: return "check that an agent listens on " + socket + " and lets us connect";
    case errc::agent_failed:
      return "ask the agent on " + socket + " with ssh-add -l; it may be locked, or want a confirmation";
    case errc::agent_empty: return "add a key to the agent on " + socket + " with ssh-add";
    case errc::password_change_required:
      return "log in once as " + options.user + " and change the password, or use a key";
    default: return {};
  }
}

// Channels, requests, and what servers must not do.
std::string channel_hint(errc e) {
  switch (e) {
    case errc::session_closed:
    case errc::channel_closed: return {};
    case errc::open_administratively_prohibited:
    case errc::open_unknown_channel_type:
      return "allow it in the server's sshd_config: AllowTcpForwarding and PermitOpen";
    case errc::open_connect_failed:
    case errc::open_timeout: return "check the target, seen from the server, where its name is looked up too";
    case errc::open_resource_shortage: return "the server is out of channels or memory";
    case errc::forward_refused:
    case errc::forward_timeout:
      return "see AllowTcpForwarding, PermitListen and GatewayPorts in the server's sshd_config";
    default:
      return "servers that keep to RFC 4254 do not do this: please report it with the server's name and "
             "version";
  }
}

std::string refused_hint(const ssh::Options& options) {
  const auto& credentials = options.credentials;
  const bool nothing_to_show =
      credentials.keys.empty() && credentials.agent_socket.empty() && !credentials.password;
  if (nothing_to_show) return "no key or password is configured: set SSH_KEY_FILE, SSH_KEY or SSH_PASSWORD";
  return "add the public key to ~" + options.user +
         "/.ssh/authorized_keys on the server, and check SSH_REMOTE_USER, "
         "the mode of that file and the server's AllowUsers and PubkeyAcceptedAlgorithms";
}

std::string ssh_hint(errc e, const ssh::Options& options) {
  const auto server = net::to_string(options.server);
  switch (e) {
    case errc::connect_timeout:
      return "look for a firewall that drops packets, and for a server that is overloaded";
    case errc::banner_missing:
      return "check that " + server + " is an SSH server, and its MaxStartups and fail2ban";
    case errc::key_exchange_failed:
      return "the server may only know algorithms that are refused here (SHA-1, CBC, finite-field "
             "Diffie-Hellman): its log says which";
    case errc::host_key_mismatch:
      return "if the server was reinstalled, compare the offered fingerprint on the server (ssh-keygen -lf "
             "/etc/ssh/ssh_host_ed25519_key.pub) and replace what " +
             known_hosts_advice(options) + " has (" + keyscan(options) +
             "); if not, someone may be in between";
    case errc::host_key_unknown:
      return "compare the fingerprint on the server and add its key to " + known_hosts_advice(options) +
             " (" + keyscan(options) + ")";
    case errc::host_key_revoked:
      return "the key was withdrawn on purpose: ask whoever keeps the known_hosts file";
    case errc::host_certificate_invalid:
      return "look at it on the server (ssh-keygen -L -f) and have it signed anew: ssh-keygen -s CA -h -n " +
             options.server.host + " -I ID KEY.pub; and check this machine's clock";
    case errc::key_file_unreadable:
      return "mount the key where user and group of this process may read it (mode 0400 or 0440)";
    case errc::key_file_invalid: return "mount an OpenSSH, PEM or PKCS#8 private key" + key_advice(options);
    case errc::key_file_needs_passphrase:
    case errc::passphrase_wrong:
    case errc::certificate_invalid:
    case errc::certificate_expired:
    case errc::secret_file_unreadable:
    case errc::agent_unreachable:
    case errc::agent_failed:
    case errc::agent_empty:
    case errc::password_change_required: return credentials_hint(e, options);
    case errc::authentication_refused: return refused_hint(options);
    case errc::keepalive_timeout:
      return "the network or the server is gone without a word: look at both if it does not come back";
    case errc::peer_closed:
    case errc::peer_disconnected:
    case errc::rekey_failed: return "the server's log says why";
    case errc::transport_failed:
      return "something between here and " + server +
             " cut the connection (a NAT, a load balancer or a firewall), or the server did: its log says "
             "which";
    case errc::host_key_changed_in_rekey:
      return "this does not happen to honest servers: look for someone in between";
    case errc::output_overflow: return "look at the server: it sends requests and does not read the answers";
    default: return channel_hint(e);
  }
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
           "or "
           "container";
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

std::string hint(const error_code& code, const ssh::Options& options) {
  if (!code || code == internal_error()) return "this is a bug: please report it with the log";
  if (code.category() == ssh::error_category()) return ssh_hint(static_cast<errc>(code.value()), options);
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
