#include "endpoint/account.hpp"

#include "net/error.hpp"
#include "ssh/auth/authentication_messages.hpp"
#include "ssh/wire/error.hpp"
#include "text/utf8.hpp"

#include <boost/asio/error.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace towline::endpoint {

namespace {

std::string address_text(const ssh::Newcomer& who) {
  return who.address.host.empty() ? "unix" : net::to_string(who.address);
}

// Ends that nobody wonders about: most clients just hang up, OpenSSH's says so, and the others are our own
// doing.
bool is_ordinary(observe::Disconnect reason) {
  using observe::Disconnect;
  return reason == Disconnect::peer_closed || reason == Disconnect::peer_disconnect_msg ||
         reason == Disconnect::admin || reason == Disconnect::shutdown;
}

struct End {
  error_code code;
  observe::Disconnect reason;
};

observe::Disconnect reason_of(const error_code& code) {
  using observe::Disconnect;
  using ssh::errc;
  if (net::is_resource_shortage(code)) return Disconnect::resource_shortage;
  for (const auto& [known, reason] : {
           End{asio::error::operation_aborted, Disconnect::shutdown},
           End{errc::session_closed, Disconnect::shutdown},
           End{errc::peer_closed, Disconnect::peer_closed},
           End{errc::peer_disconnected, Disconnect::peer_disconnect_msg},
           End{errc::keepalive_timeout, Disconnect::rx_timeout},
           End{errc::transport_failed, Disconnect::socket_error},
           End{errc::mac_invalid, Disconnect::mac},
           End{errc::rekey_failed, Disconnect::rekey},
           End{errc::rekey_timeout, Disconnect::rekey},
       }) {
    if (code == known) return reason;
  }
  return code.category() == ssh::error_category() ? Disconnect::protocol : Disconnect::socket_error;
}

}  // namespace

observe::Disconnect reason_of(const ssh::Gone& gone) {
  return gone.by_order ? observe::Disconnect::admin : reason_of(gone.why.code);
}

std::string_view hint(ssh::TurnedAway why) {
  switch (why) {
    case ssh::TurnedAway::too_many: return "raise TOWLINE_MAX_CLIENTS if they are all meant to be there";
    case ssh::TurnedAway::too_many_of_source:
      return "raise TOWLINE_MAX_CLIENTS_PER_SOURCE if they are all meant to be there";
    case ssh::TurnedAway::too_many_logins:
      return "somebody connects and does not log in: see the lines before";
    case ssh::TurnedAway::penalty: break;
  }
  return "it is let in again after a while without failures";
}

std::string_view hint(ssh::Refusal why) {
  using ssh::Refusal;
  switch (why) {
    case Refusal::method_not_offered: return "see TOWLINE_AUTH for what is offered";
    case Refusal::key_unknown: return "add the public key to TOWLINE_AUTHORIZED_KEYS";
    case Refusal::key_unsupported:
      return "use an Ed25519, ECDSA or RSA key, and a client that signs with SHA-2";
    case Refusal::address_not_permitted:
      return "see from= in front of the key, or source-address in the certificate";
    case Refusal::key_expired: return "see expiry-time= in front of the key";
    case Refusal::certificate_unknown: return "add its authority to TOWLINE_USER_CA_KEYS";
    case Refusal::certificate_expired: return "have a new certificate made, or set the clock right";
    case Refusal::certificate_not_for_user: return "log in as one of its principals";
    case Refusal::host_key_mismatch:
      return "the client has seen another host key than ours: somebody may stand between us";
    case Refusal::password_wrong: return "see the user's line in TOWLINE_PASSWORDS_FILE";
    case Refusal::service_refused: return "ask who runs the service at TOWLINE_AUTH_URL";
    case Refusal::service_failed:
      return "see that TOWLINE_AUTH_URL can be reached and answers in time: nobody is let in without";
    case Refusal::too_many_attempts:
      return "offer fewer keys (ssh -o IdentitiesOnly=yes), or raise TOWLINE_MAX_AUTH_TRIES";
    case Refusal::login_timeout: return "raise TOWLINE_LOGIN_TIMEOUT if it needs longer";
    default: return {};
  }
}

observe::ClientTraits traits_of(const ssh::Newcomer& who, const ssh::LoggedIn& user) {
  return {.id = who.number,
          .user = ssh::printable(user.user),
          .address = address_text(who),
          .method = std::string(ssh::label_of(user.method)),
          .fingerprint = user.fingerprint,
          .since = observe::Instant::now()};
}

void Account::on_turned_away(const ssh::Newcomer& who, ssh::TurnedAway why) {
  metrics_.turned_away(why);
  log_.repeatable().warn(
      "client.refused", ssh::sentence_of(why),
      {{"reason", ssh::label_of(why)}, {"address", address_text(who)}, {"hint", hint(why)}});
}

void Account::on_connected(const ssh::Newcomer& who) {
  metrics_.connected();
  log_.debug("client.connected", "a client has connected",
             {{"client", who.number}, {"address", address_text(who)}});
}

void Account::on_refused(const ssh::Newcomer& who, const std::string& user,
                         const ssh::RefusedAttempt& attempt) {
  metrics_.refused(attempt.refusal);
  const auto message = "login refused: " + std::string(ssh::sentence_of(attempt.refusal));
  const auto name = ssh::printable(user);
  const auto address = address_text(who);
  std::vector<observe::Field> fields{{"reason", ssh::label_of(attempt.refusal)},
                                     {"client", who.number},
                                     {"user", name},
                                     {"method", ssh::label_of(attempt.method)},
                                     {"address", address}};
  if (!attempt.fingerprint.empty()) fields.push_back({"fingerprint", attempt.fingerprint});
  if (!attempt.detail.empty()) fields.push_back({"err", attempt.detail});
  if (const auto advice = hint(attempt.refusal); !advice.empty()) fields.push_back({"hint", advice});
  log_.repeatable().write(observe::Level::warn, "client.refused", message, fields);
}

void Account::on_no_login(const ssh::Newcomer& who, const std::string& user, const ssh::NoLogin& end) {
  if (end.refusal != ssh::Refusal::none) metrics_.refused(end.refusal);
  const auto name = ssh::printable(user);
  const auto address = address_text(who);
  const auto level = end.refusal == ssh::Refusal::none ? observe::Level::debug : observe::Level::warn;
  const auto err = ssh::message_of(end.why, "the client");
  std::vector<observe::Field> fields{{"reason", ssh::label_of(end.refusal)},
                                     {"client", who.number},
                                     {"user", name},
                                     {"address", address},
                                     {"err", err}};
  if (end.refusal == ssh::Refusal::none) fields.erase(fields.begin());
  if (const auto advice = hint(end.refusal); !advice.empty()) fields.push_back({"hint", advice});
  log_.repeatable().write(level, "client.refused", "a client has gone without a login", fields);
}

void Account::on_login(const ssh::Newcomer& who, const ssh::LoggedIn& user,
                       const ssh::ServerTransport& transport) {
  const auto agreed = observe::session_algorithms(transport.negotiated());
  metrics_.logged_in(user.method, agreed);
  agreed_.insert_or_assign(who.number, agreed);
  const auto name = ssh::printable(user.user);
  const auto address = address_text(who);
  const auto software = text::shown(transport.peer_software());
  std::vector<observe::Field> fields{
      {"client", who.number}, {"user", name}, {"method", ssh::label_of(user.method)}, {"address", address}};
  if (!user.fingerprint.empty()) fields.push_back({"fingerprint", user.fingerprint});
  if (!user.certificate_id.empty()) fields.push_back({"certificate", user.certificate_id});
  if (user.by_service) fields.push_back({"by", "TOWLINE_AUTH_URL"});
  if (!user.name.empty()) fields.push_back({"name", user.name});
  if (!user.route.empty()) fields.push_back({"route", user.route});
  fields.push_back({"software", software});
  for (const auto& field : observe::fields_of(agreed)) fields.push_back(field);
  log_.write(observe::Level::info, "client.login", "a client has logged in", fields);
}

void Account::on_gone(const ssh::Newcomer& who, const ssh::LoggedIn& user, const ssh::Gone& gone) {
  const auto reason = reason_of(gone);
  const auto agreed = agreed_.extract(who.number);
  metrics_.gone(reason, agreed ? agreed.mapped() : observe::SessionAlgorithms());
  const auto name = ssh::printable(user.user);
  const auto address = address_text(who);
  std::vector<observe::Field> fields{{"reason", to_string(reason)},
                                     {"client", who.number},
                                     {"user", name},
                                     {"address", address},
                                     {"duration_s", std::chrono::steady_clock::now() - who.since}};
  const auto err = ssh::message_of(gone.why, "the client");
  if (!is_ordinary(reason)) fields.push_back({"err", err});
  log_.write(observe::Level::info, "client.closed", "a client has gone", fields);
}

}  // namespace towline::endpoint
