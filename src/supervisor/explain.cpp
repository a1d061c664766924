#include "supervisor/explain.hpp"

#include "net/error.hpp"
#include "ssh/wire/error.hpp"
#include "supervisor/explain_authentication.hpp"
#include "supervisor/explain_negotiation.hpp"
#include "supervisor/explain_words.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace towline::supervisor {

using boost::system::error_code;
using observe::ConnectFailure;
using observe::Disconnect;
using observe::UnmatchedChannel;
using ssh::ChannelFit;
using ssh::errc;

namespace {

// A sentence with the braces of Peer, or what makes one where it follows from more than the code.
struct Hint {
  using From = std::string (*)(const Failure&, const Peer&);

  constexpr Hint(const char* text) : sentence(text) {}
  constexpr Hint(From function) : from(function) {}

  const char* sentence = "";
  From from = nullptr;
  bool said_first = false;
};

// Where the peer has said itself what is the matter, that counts: it does not let us in, or ends the session.
constexpr Hint said_or(Hint hint) {
  hint.said_first = true;
  return hint;
}

// What is told of a failed attempt, and of a session that ended so.
struct Told {
  ConnectFailure attempt;
  Hint hint;
  Disconnect end;
};

template <class Code>
constexpr Disconnect usual_end = Disconnect::socket_error;
template <>
constexpr Disconnect usual_end<errc> = Disconnect::protocol;

template <class Code>
struct Row : Told {
  constexpr Row(Code c, ConnectFailure label, Hint advice, Disconnect at_end = usual_end<Code>)
      : Told{label, advice, at_end}, code(c) {}

  Code code;
};

constexpr auto in_its_log = "the server's log says why";
constexpr auto forbidden = "{server} forbids it: see {rules_on_opening}";
constexpr auto not_listening = "see GatewayPorts, {rules_on_listening}";
constexpr auto against_rfc_4254 =
    "a server that follows RFC 4254 does not do this: please report it with the server's name and version";
constexpr auto packets_dropped = "look for a firewall that drops packets on the way to {address}";
constexpr auto at_name_servers = "check the name servers in /etc/resolv.conf and the network";
constexpr auto at_name = "check {host_variable} and the name servers in /etc/resolv.conf";
constexpr auto no_way_out =
    "look for a network policy or a firewall on this machine that forbids connections to {address}";
constexpr auto no_such_address =
    "BindAddress and BindInterface in SSH_OPTIONS must name an address or interface of this machine or "
    "container";

constexpr Row<errc> ssh_rows[] = {
    {errc::connect_timeout, ConnectFailure::timeout,
     said_or("look for a firewall that drops packets, and for a server that is overloaded")},
    {errc::closed_at_once, ConnectFailure::banner,
     "look for an sshd behind {address}: a load balancer or docker-proxy accepts for one that is not there, "
     "and an sshd hangs up like this at its MaxStartups, PerSourcePenalties or for fail2ban"},
    {errc::banner_missing, ConnectFailure::banner,
     said_or("check that {address} is an SSH server, and its MaxStartups, "
             "PerSourcePenalties and fail2ban")},
    {errc::no_common_key_exchange, ConnectFailure::kex, no_common_key_exchange},
    {errc::no_common_host_key, ConnectFailure::kex, no_common_host_key},
    {errc::no_common_cipher, ConnectFailure::kex, no_common_cipher},
    {errc::no_common_mac, ConnectFailure::kex, no_common_mac},
    {errc::no_common_compression, ConnectFailure::kex,
     "allow connections without compression on {address}: towline has none"},
    {errc::key_exchange_failed, ConnectFailure::kex, said_or(in_its_log)},
    {errc::host_key_mismatch, ConnectFailure::host_key,
     "if the server was reinstalled, compare the offered fingerprint on the server (ssh-keygen -lf "
     "/etc/ssh/ssh_host_ed25519_key.pub) and replace what {known_hosts} has (ssh-keyscan -p {port} {host}); "
     "if not, someone may be in between"},
    {errc::host_key_unknown, ConnectFailure::host_key,
     "compare the fingerprint on the server and add its key to {known_hosts} "
     "(ssh-keyscan -p {port} {host})"},
    {errc::host_key_revoked, ConnectFailure::host_key,
     "the key was revoked on purpose: ask whoever maintains the known_hosts file"},
    {errc::host_certificate_invalid, ConnectFailure::host_key,
     "look at it on the server (ssh-keygen -L -f) and have it signed anew: ssh-keygen -s CA -h -n {host} -I "
     "ID KEY.pub; and check this machine's clock"},
    {errc::key_file_unreadable, ConnectFailure::auth,
     "mount the key where user and group of this process may read it (mode 0400 or 0440)"},
    {errc::key_file_invalid, ConnectFailure::auth,
     "mount an OpenSSH, PEM or PKCS#8 private key{at_key_file}"},
    {errc::key_file_needs_passphrase, ConnectFailure::auth,
     "set SSH_KEY_PASSPHRASE or SSH_KEY_PASSPHRASE_FILE, or use a key without one (ssh-keygen -p -N '' -f "
     "KEY)"},
    {errc::passphrase_wrong, ConnectFailure::auth,
     "compare SSH_KEY_PASSPHRASE with what ssh-keygen -y -f KEY accepts; look for a blank or a line break "
     "at its end"},
    {errc::certificate_invalid, ConnectFailure::auth,
     "mount the -cert.pub file that was signed for this key: ssh-keygen -L -f CERT "
     "shows its type and its key"},
    {errc::certificate_expired, ConnectFailure::auth,
     "renew the certificate, or set the clock: ssh-keygen -L -f CERT"},
    {errc::secret_file_unreadable, ConnectFailure::auth,
     "mount the file where user and group of this process may read it (mode 0400 or 0440)"},
    {errc::agent_unreachable, ConnectFailure::auth,
     "check that an agent listens on {agent} and lets us connect"},
    {errc::agent_failed, ConnectFailure::auth,
     "ask the agent on {agent} with ssh-add -l; it may be locked, or want a "
     "confirmation"},
    {errc::agent_empty, ConnectFailure::auth, "add a key to the agent on {agent} with ssh-add"},
    {errc::password_change_required, ConnectFailure::auth,
     "log in once as {user} and change the password, or use a key"},
    {errc::password_refused, ConnectFailure::auth,
     said_or("compare SSH_PASSWORD with the password of {user}, look for a blank or a line break at its "
             "end, and check PasswordAuthentication, PermitRootLogin and AllowUsers in {sshd_config}")},
    {errc::questions_unanswered, ConnectFailure::auth, said_or(questions_unanswered)},
    {errc::login_ended, ConnectFailure::auth, said_or(login_ended)},
    {errc::more_proof_required, ConnectFailure::auth, said_or(more_proof_required)},
    {errc::method_not_offered, ConnectFailure::auth, said_or(method_not_offered)},
    {errc::authentication_refused, ConnectFailure::auth, said_or(authentication_refused)},
    {errc::peer_closed, ConnectFailure::closed, said_or(in_its_log), Disconnect::peer_closed},
    {errc::peer_disconnected, ConnectFailure::closed, said_or(in_its_log), Disconnect::peer_disconnect_msg},
    {errc::keepalive_timeout, ConnectFailure::timeout,
     "the server or the path to it stopped responding; check both if it does not recover",
     Disconnect::rx_timeout},
    {errc::transport_failed, ConnectFailure::closed,
     said_or("something between here and {address} cut the connection (a NAT, a load balancer or a "
             "firewall), or the server did: its log says which"),
     Disconnect::socket_error},
    {errc::mac_invalid, ConnectFailure::protocol,
     "look for what changes bytes on the way to {address} (a broken proxy, network card or memory); if "
     "nothing does, report it with the server's name and version",
     Disconnect::mac},
    {errc::packet_invalid, ConnectFailure::protocol,
     "look for what else talks on this connection or changes its bytes; a server "
     "that follows RFC 4253 does not do this"},
    {errc::rekey_failed, ConnectFailure::kex, in_its_log, Disconnect::rekey},
    {errc::rekey_timeout, ConnectFailure::kex,
     "look at the load of the server, and for a path that loses large packets (MTU); a slow one needs a "
     "longer SSH_CONNECT_TIMEOUT",
     Disconnect::rekey},
    {errc::host_key_changed_in_rekey, ConnectFailure::kex,
     "an honest server does not do this: look for someone in between", Disconnect::rekey},
    {errc::output_overflow, ConnectFailure::protocol,
     "look at the server: it sends requests and does not read the answers"},
    {errc::requests_unanswered, ConnectFailure::timeout,
     "the server hangs or is overloaded: look at it and at its log"},
    {errc::channels_left_open, ConnectFailure::protocol,
     "the server hangs, or forgets channels (RFC 4254, 5.3): please report it "
     "with its name and version"},
    {errc::session_closed, ConnectFailure::internal, "", Disconnect::shutdown},
    {errc::malformed_message, ConnectFailure::protocol, against_rfc_4254},
    {errc::unexpected_message, ConnectFailure::protocol, against_rfc_4254},
    {errc::unknown_channel, ConnectFailure::protocol, against_rfc_4254},
    {errc::window_exceeded, ConnectFailure::protocol, against_rfc_4254},
    {errc::window_overflow, ConnectFailure::protocol, against_rfc_4254},
    {errc::message_too_large, ConnectFailure::protocol, against_rfc_4254},
    {errc::open_administratively_prohibited, ConnectFailure::proxy, forbidden},
    {errc::open_connect_failed, ConnectFailure::proxy, "check {beyond}"},
    {errc::open_unknown_channel_type, ConnectFailure::proxy, forbidden},
    {errc::open_resource_shortage, ConnectFailure::proxy, "{server} is out of channels or memory"},
    {errc::open_timeout, ConnectFailure::timeout, "check {beyond}"},
    {errc::channel_closed, ConnectFailure::internal, ""},
    {errc::forward_refused, ConnectFailure::internal, not_listening},
    {errc::forward_timeout, ConnectFailure::internal, not_listening},
};
static_assert(ssh::has_every_errc(ssh_rows));

// The last of each is for every other code.
constexpr Row<net::errc> net_rows[] = {
    {net::errc::name_not_found, ConnectFailure::dns, at_name},
    {net::errc::no_address, ConnectFailure::dns, at_name},
    {net::errc::resolve_timed_out, ConnectFailure::timeout, at_name_servers},
    {net::errc::connect_timed_out, ConnectFailure::timeout, packets_dropped},
    {net::errc::name_server_failed, ConnectFailure::dns, at_name_servers},
};

namespace system_errc = boost::system::errc;
constexpr Row<system_errc::errc_t> system_rows[] = {
    {system_errc::connection_refused, ConnectFailure::refused,
     "check {address_variables}, and that sshd runs {there}"},
    {system_errc::timed_out, ConnectFailure::timeout, packets_dropped},
    {system_errc::permission_denied, ConnectFailure::unreachable, no_way_out},
    {system_errc::operation_not_permitted, ConnectFailure::unreachable, no_way_out},
    {system_errc::address_not_available, ConnectFailure::unreachable, no_such_address},
    {system_errc::no_such_device, ConnectFailure::unreachable, no_such_address},
    {system_errc::host_unreachable, ConnectFailure::unreachable,
     "check the network of this machine or container and its route to {address}"},
};

constexpr Told shortage{ConnectFailure::resource_shortage, net::resource_shortage_hint,
                        Disconnect::resource_shortage};
constexpr Told bug{ConnectFailure::internal, "this is a bug: please report it with the log",
                   Disconnect::protocol};

template <class Rows>
const Told& find(const Rows& rows, const error_code& code) {
  const auto found = std::ranges::find_if(rows, [&code](const auto& row) { return code == row.code; });
  return found == std::end(rows) ? *std::prev(found) : *found;
}

const Told& told_of(const error_code& code) {
  if (code == internal_error()) return bug;
  if (net::is_resource_shortage(code)) return shortage;
  if (code.category() == ssh::error_category()) return ssh_rows[code.value() - 1];
  return code.category() == net::net_category() ? find(net_rows, code) : find(system_rows, code);
}

}  // namespace

ConnectFailure connect_failure(const error_code& code) { return told_of(code).attempt; }

Disconnect disconnect(const error_code& code) { return told_of(code).end; }

std::string hint(const Failure& failure, const Peer& peer) {
  const auto& [sentence, from, said_first] = told_of(failure.code).hint;
  if (said_first) {
    if (auto advice = hint_of(failure.said, peer.user); !advice.empty()) return advice;
  }
  return filled(from ? from(failure, peer) : sentence, peer);
}

UnmatchedChannel unmatched_channel(ChannelFit fit) {
  switch (fit) {
    case ChannelFit::only_one: return UnmatchedChannel::joined;
    case ChannelFit::ambiguous: return UnmatchedChannel::ambiguous;
    case ChannelFit::cancelled: return UnmatchedChannel::cancelled;
    case ChannelFit::unknown_type: return UnmatchedChannel::unknown_type;
    case ChannelFit::limit: return UnmatchedChannel::limit;
    default: return UnmatchedChannel::unasked;
  }
}

std::string_view unmatched_text(UnmatchedChannel outcome) {
  switch (outcome) {
    case UnmatchedChannel::joined:
      return "the server names its listener differently; connections are joined to the only forward it can "
             "mean";
    case UnmatchedChannel::ambiguous:
      return "a connection was refused: the server does not say which of the forwards it is for";
    case UnmatchedChannel::unasked:
      return "a connection was refused: the server names a listener it was not asked for";
    case UnmatchedChannel::cancelled:
      return "a connection was refused: its listener has just been given back";
    case UnmatchedChannel::unknown_type:
      return "the server opened a channel that is no forwarded connection; it was refused";
    case UnmatchedChannel::limit: return "a connection was refused: the session has too many channels";
  }
  return {};
}

std::string_view unmatched_hint(UnmatchedChannel outcome) {
  switch (outcome) {
    case UnmatchedChannel::joined:
      return "nothing to do with one -R forward; with several, give each a fixed port of its own, or they "
             "cannot be told apart";
    case UnmatchedChannel::ambiguous:
      return "give each -R forward a fixed port of its own instead of 0, or run a towline for each";
    case UnmatchedChannel::unasked:
      return "compare the two: the server or something in between rewrites the address or port; a towline "
             "with one -R forward takes whatever it names";
    case UnmatchedChannel::cancelled: return "nothing: towline is ending, or was told to listen no longer";
    case UnmatchedChannel::unknown_type:
      return "only connections of -R are taken; agent and X11 forwarding are not offered to the server";
    case UnmatchedChannel::limit: return "spread the forwards over several towlines";
  }
  return {};
}

}  // namespace towline::supervisor
