#include "ssh/auth/server/user_authentication.hpp"

#include "ssh/auth/server/shown_key.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

// Beside those that count as failures: questions whether a key would do, questions for a password that are
// given up. No client needs as many.
constexpr int free_requests_max = 64;
constexpr std::size_t password_octets_max = 1'024;

// RFC 4253, 11.1. sshd gives the first for too many attempts.
constexpr std::uint32_t protocol_error = 2;
constexpr std::uint32_t service_not_available = 7;

LoggedIn who_of(const ShownKey& shown) {
  LoggedIn who;
  who.method = shown.certificate ? LoginMethod::certificate : LoginMethod::publickey;
  who.fingerprint = fingerprint(shown.key);
  if (shown.certificate) {
    who.certificate_id = shown.certificate->id;
    who.certificate_serial = shown.certificate->serial;
  }
  return who;
}

void take_grant(ServiceGrant grant, LoggedIn& who) {
  who.permissions = std::move(grant.options.permissions);
  who.until = grant.options.expiry;
  who.name = std::move(grant.name);
  who.route = std::move(grant.route);
  who.by_service = true;
}

std::string_view peer_sentence(Refusal refusal) {
  switch (refusal) {
    case Refusal::too_many_attempts: return "Too many authentication failures";
    case Refusal::user_changed: return "Change of username or service not allowed";
    case Refusal::service_unknown: return "There is no such service";
    default: return "A message that has no place here";
  }
}

}  // namespace

std::string_view label_of(LoginMethod method) {
  switch (method) {
    case LoginMethod::none: break;
    case LoginMethod::publickey: return "publickey";
    case LoginMethod::certificate: return "certificate";
    case LoginMethod::password: return "password";
    case LoginMethod::keyboard_interactive: return "keyboard_interactive";
  }
  return "none";
}

UserAuthentication::UserAuthentication(std::shared_ptr<const LoginOptions> options,
                                       std::shared_ptr<const KnownUsers> users, LoginPeer peer)
    : options_(std::move(options)), users_(std::move(users)), peer_(std::move(peer)) {}

LoginStep UserAuthentication::on_message(Bytes message, Time now) {
  const bool reads = waits_ == Waits::message || waits_ == Waits::answer;
  if (!reads || message.empty()) return end(Refusal::malformed);
  const auto number = static_cast<AuthenticationMessage>(message.front());
  if (number == AuthenticationMessage::request) return request(message, now);
  if (number == AuthenticationMessage::info_response && waits_ == Waits::answer)
    return info_response(message);
  return end(Refusal::malformed);
}

LoginStep UserAuthentication::request(Bytes message, Time now) {
  waits_ = Waits::message;  // a question before it is given up
  const auto request = parse_user_request(message);
  if (!request || text::valid_utf8(request->user) != request->user) return end(Refusal::malformed);
  if (requests_++ == 0) {
    user_ = request->user;
    service_ = request->service;
  }
  if (user_ != request->user || service_ != request->service) return end(Refusal::user_changed);
  if (service_ != "ssh-connection") return end(Refusal::service_unknown);
  if (requests_ > options_->tries_max + free_requests_max) return end(Refusal::too_many_attempts);
  attempted_ = attempted_ || request->method != RequestedMethod::none;
  if (only_none()) return accept({});
  switch (request->method) {
    case RequestedMethod::none:
      if (options_->none) return accept({});
      break;
    case RequestedMethod::publickey:
      if (options_->publickey) return public_key(*request, now);
      break;
    case RequestedMethod::password:
      if (!options_->password) break;
      if (request->password_change)
        return refuse({Refusal::method_not_offered, LoginMethod::password, "a change of the password", {}});
      return password(LoginMethod::password, request->password);
    case RequestedMethod::keyboard_interactive:
      if (!options_->password) break;
      waits_ = Waits::answer;
      return GoOn{info_request_answer({{}, {}, {{"Password: ", false}}})};
    case RequestedMethod::unknown: break;
  }
  // The first request for `none` is how clients ask for the methods.
  if (request->method == RequestedMethod::none && requests_ == 1)
    return Refuse{{}, failure_answer(methods())};
  return refuse({Refusal::method_not_offered, LoginMethod::none, printable(request->method_name), {}});
}

LoginStep UserAuthentication::info_response(Bytes message) {
  waits_ = Waits::message;
  const auto answers = parse_info_response(message);
  if (!answers) return end(Refusal::malformed);
  if (answers->size() != 1)
    return refuse({Refusal::password_wrong, LoginMethod::keyboard_interactive, "not one answer", {}});
  return password(LoginMethod::keyboard_interactive, answers->front());
}

LoginStep UserAuthentication::public_key(const UserRequest& request, Time now) {
  ShownKey shown;
  if (request.host_bound && !std::ranges::equal(request.host_key, peer_.host_key))
    return refuse({Refusal::host_key_mismatch, LoginMethod::publickey, {}, {}});
  if (const auto refusal = read_shown_key(request, options_->key_algorithms, shown); refusal != Refusal::none)
    return refuse({refusal, LoginMethod::publickey, printable(request.algorithm), {}});
  auto who = who_of(shown);
  auto verdict =
      shown.certificate ? users_->judge(*shown.certificate, use(now)) : users_->judge(shown.key, use(now));
  const bool unknown =
      verdict.refusal == Refusal::key_unknown || verdict.refusal == Refusal::certificate_unknown;
  if (!verdict.accepted() && !(unknown && options_->service))
    return refuse({verdict.refusal, who.method, std::move(verdict.detail), who.fingerprint});
  if (request.with_signature && !is_proven(shown, peer_.session_id, request))
    return refuse({Refusal::signature_invalid, who.method, {}, who.fingerprint});
  auto would_do =
      request.with_signature ? text::SecretBytes() : public_key_ok_answer(request.algorithm, request.key);
  if (verdict.accepted()) {
    if (!request.with_signature) return GoOn{std::move(would_do)};
    who.permissions = std::move(verdict.permissions);
    who.until = verdict.until;
    who.line = verdict.file + ':' + std::to_string(verdict.line);
    return accept(std::move(who));
  }
  if (granted_key_ == shown.key) {
    if (!request.with_signature) return GoOn{std::move(would_do)};
    if (const auto refusal = check_options(granted_.options, use(now)); refusal != Refusal::none)
      return refuse({refusal, who.method, {}, who.fingerprint});
    take_grant(granted_, who);
    return accept(std::move(who));
  }
  pending_ok_ = std::move(would_do);
  pending_key_ = std::move(shown.key);
  return ask_service(std::move(who));
}

LoginStep UserAuthentication::password(LoginMethod method, std::string_view password) {
  const auto wrong = [&](std::string detail) {
    return refuse({Refusal::password_wrong, method, std::move(detail), {}});
  };
  if (password.empty()) return wrong("an empty password");
  if (password.size() > password_octets_max) return wrong("a password of more than 1024 octets");
  LoggedIn who;
  who.method = method;
  who.password = text::Secret(std::string(password));
  if (users_->passwords.empty()) {
    if (options_->service) return ask_service(std::move(who));
    return wrong("there are no passwords");
  }
  pending_ = std::move(who);
  waits_ = Waits::password;
  return users_->passwords.check_of(user_, text::Secret(std::string(password)));
}

LoginStep UserAuthentication::on_password(bool right) {
  if (waits_ != Waits::password) return end(Refusal::malformed);
  auto who = std::exchange(pending_, {});
  if (right) return accept(std::move(who));
  // For a user who is known as for one who is not, so that the time does not tell them apart.
  if (options_->service) return ask_service(std::move(who));
  return refuse({Refusal::password_wrong, who.method, {}, {}});
}

LoginStep UserAuthentication::ask_service(LoggedIn who) {
  ServiceQuestion question;
  question.user = user_;
  question.remote_address = peer_.address ? net::unmapped(*peer_.address).to_string() : "";
  if (who.fingerprint.empty()) {
    const auto password = who.password.reveal();
    // JSON has no way to write it, and something near it may be another's.
    if (text::valid_utf8(password) != password)
      return refuse({Refusal::password_wrong, who.method, "a password that is not UTF-8", {}});
    question.method = "password";
    question.password = text::Secret(std::string(password));
  } else {
    question.method = "publickey";
    question.fingerprint = who.fingerprint;
    question.key = to_string(pending_key_);
  }
  pending_ = std::move(who);
  waits_ = Waits::service;
  return question;
}

LoginStep UserAuthentication::on_service(ServiceAnswer answer, Time now) {
  if (waits_ != Waits::service) return end(Refusal::malformed);
  auto who = std::exchange(pending_, {});
  auto would_do = std::exchange(pending_ok_, {});
  auto key = std::exchange(pending_key_, {});
  if (answer.refusal == Refusal::none) answer.refusal = check_options(answer.grant.options, use(now));
  if (answer.refusal != Refusal::none)
    return refuse({answer.refusal, who.method, std::move(answer.detail), who.fingerprint});
  if (would_do.empty()) {
    take_grant(std::move(answer.grant), who);
    return accept(std::move(who));
  }
  granted_key_ = std::move(key);
  granted_ = std::move(answer.grant);
  waits_ = Waits::message;
  return GoOn{std::move(would_do)};
}

LoginStep UserAuthentication::accept(LoggedIn who) {
  waits_ = Waits::nothing;
  who.user = user_;
  return Accept{std::move(who), success_answer()};
}

LoginStep UserAuthentication::refuse(RefusedAttempt attempt) {
  waits_ = Waits::message;
  if (++failures_ >= options_->tries_max) return end(Refusal::too_many_attempts, std::move(attempt));
  return Refuse{std::move(attempt), failure_answer(methods())};
}

LoginStep UserAuthentication::end(Refusal refusal, RefusedAttempt last) {
  waits_ = Waits::nothing;
  pending_ = {};
  const auto reason = refusal == Refusal::service_unknown ? service_not_available : protocol_error;
  return EndLogin{refusal, std::move(last), reason, peer_sentence(refusal)};
}

MethodsLeft UserAuthentication::methods() const {
  MethodsLeft left;
  if (options_->publickey) left.methods.emplace_back("publickey");
  if (options_->password) left.methods.insert(left.methods.end(), {"password", "keyboard-interactive"});
  return left;
}

}  // namespace towline::ssh
