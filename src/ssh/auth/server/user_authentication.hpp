// The server's side of user authentication (RFC 4252, RFC 4256) as decisions: a message in, what to do out.
// No socket, no clock, no file, no thread.
#pragma once

#include "ssh/auth/authentication_messages.hpp"
#include "ssh/auth/server/http_question.hpp"
#include "ssh/auth/server/known_users.hpp"
#include "ssh/auth/server/options.hpp"
#include "text/secret.hpp"
#include "text/secret_bytes.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace towline::ssh {

enum class LoginMethod { none, publickey, certificate, password, keyboard_interactive };

// "publickey": one of a closed set, for metrics and logs.
std::string_view label_of(LoginMethod method);

// Who has logged in.
struct LoggedIn {
  std::string user;  // as the client calls itself: cleaned before it is shown
  LoginMethod method = LoginMethod::none;
  Permissions permissions{};
  std::string fingerprint{};     // of the key, also of the one in a certificate
  std::string certificate_id{};  // cleaned
  std::uint64_t certificate_serial = 0;
  std::string line{};                    // that let it in: "/authorized_keys:3"
  std::optional<std::uint64_t> until{};  // seconds since 1970: the key or the certificate is no good after it
  text::Secret password{};               // for a gateway that passes it on; of no use elsewhere
  bool by_service = false;
  std::string name{};  // of the service's answer
  std::string route{};
};

struct RefusedAttempt {
  Refusal refusal = Refusal::none;
  LoginMethod method = LoginMethod::none;
  std::string detail{};
  std::string fingerprint{};  // of the key that was shown
};

// --- what to do ---

// Send `message` (SUCCESS): the connection protocol begins.
struct Accept {
  LoggedIn who;
  text::SecretBytes message;
};
// Send `message` (FAILURE), and give the next one. Nothing to log where it is the question for the methods.
struct Refuse {
  RefusedAttempt attempt;
  text::SecretBytes message;
};
// Send `message` (PK_OK, INFO_REQUEST), and give the next one.
struct GoOn {
  text::SecretBytes message;
};
// PasswordCheck: is_right() on another thread, then on_password().
// ServiceQuestion: POST service_request(), then on_service(parse_service_answer()).
// Send DISCONNECT with this reason (RFC 4253, 11.1) and sentence.
struct EndLogin {
  Refusal refusal = Refusal::malformed;
  RefusedAttempt last{};  // that was one too many
  std::uint32_t reason = 0;
  std::string_view sentence{};
};

using LoginStep = std::variant<Accept, Refuse, GoOn, PasswordCheck, ServiceQuestion, EndLogin>;

// What the transport knows.
struct LoginPeer {
  ClientAddress address{};
  std::vector<std::uint8_t> session_id{};
  std::vector<std::uint8_t> host_key{};  // K_S of the first key exchange, as it was sent
};

// One login. A message is given when the step before has been taken; nothing is read while a password or a
// service is asked. The owner keeps the time (LoginOptions::login_timeout).
class UserAuthentication {
 public:
  using Time = Certificate::Time;

  UserAuthentication(std::shared_ptr<const LoginOptions> options, std::shared_ptr<const KnownUsers> users,
                     LoginPeer peer);

  // A message of numbers 50 to 79, which is not kept.
  LoginStep on_message(Bytes message, Time now);
  LoginStep on_password(bool right);
  LoginStep on_service(ServiceAnswer answer, Time now);

  // Whether it has asked for more than the methods: whoever leaves without has not even tried.
  bool attempted() const { return attempted_; }
  const std::string& user() const { return user_; }

 private:
  enum class Waits { message, answer, password, service, nothing };

  LoginStep request(Bytes message, Time now);
  LoginStep info_response(Bytes message);
  LoginStep public_key(const UserRequest& request, Time now);
  LoginStep password(LoginMethod method, std::string_view password);
  LoginStep ask_service(LoggedIn who);
  LoginStep accept(LoggedIn who);
  LoginStep refuse(RefusedAttempt attempt);
  LoginStep end(Refusal refusal, RefusedAttempt last = {});
  // Where nothing but `none` is offered whoever asks otherwise gets that: clients that do not begin with it
  // would be left with no method at all.
  bool only_none() const { return options_->none && !options_->publickey && !options_->password; }
  MethodsLeft methods() const;
  KeyUse use(Time now) const { return {user_, peer_.address, now}; }

  const std::shared_ptr<const LoginOptions> options_;
  const std::shared_ptr<const KnownUsers> users_;
  const LoginPeer peer_;

  Waits waits_ = Waits::message;
  bool attempted_ = false;
  int requests_ = 0;
  int failures_ = 0;
  std::string user_;
  std::string service_;

  // While a password or the service is asked: who it will be, the answer to a question whether a key would
  // do, and that key.
  LoggedIn pending_;
  text::SecretBytes pending_ok_;
  HostKey pending_key_;
  // The key that the service has said yes to: the request with its signature follows the one without.
  HostKey granted_key_;
  ServiceGrant granted_;
};

}  // namespace towline::ssh
