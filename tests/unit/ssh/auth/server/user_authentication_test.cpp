#include "ssh/auth/server/user_authentication.hpp"

#include "unit/ssh/auth/server/client_messages.hpp"
#include "unit/ssh/auth/server/password_hashes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::ElementsAre;

const std::vector<std::uint8_t> login_session{1, 2, 3};
const std::vector<std::uint8_t> own_host_key{9, 9};

// One client of a server that knows the key "key" and the user "me" with the password "x".
class UserAuthentications : public testing::Test {
 protected:
  using Time = UserAuthentication::Time;

  static void SetUpTestSuite() {
    keygen_ = std::make_unique<Keygen>();
    for (const auto* name : {"key", "other", "ca"}) keygen_->make(name);
  }
  static void TearDownTestSuite() { keygen_.reset(); }

  UserAuthentications() {
    options_.publickey = true;
    options_.password = true;
    users_.keys.add("no-pty " + keygen_->line("key"), "/keys");
    users_.passwords = Passwords::parse("me:" + sha512_of_x);
  }

  LoginStep say(Bytes message) {
    if (!login_) {
      LoginPeer peer{boost::asio::ip::make_address("::ffff:10.0.0.1"), login_session, own_host_key};
      login_.emplace(std::make_shared<const LoginOptions>(options_),
                     std::make_shared<const KnownUsers>(users_), std::move(peer));
    }
    return login_->on_message(message, now_);
  }
  LoginStep show(const PublicKeyRequest& request) { return say(request.unsigned_message()); }
  LoginStep sign(const PublicKeyRequest& request, const std::string& signer = "key") {
    return say(request.signed_message(signing_key(*keygen_, signer), login_session));
  }
  PublicKeyRequest with(const std::string& key) const {
    return {"me", "publickey", "ssh-ed25519", keygen_->blob(key)};
  }
  LoginStep answer(std::vector<std::string_view> answers) { return say(ssh::info_response(answers)); }

  static std::unique_ptr<Keygen> keygen_;
  LoginOptions options_;
  KnownUsers users_;
  std::optional<UserAuthentication> login_;
  Time now_ = std::chrono::system_clock::now();
};

std::unique_ptr<Keygen> UserAuthentications::keygen_;

Refusal refusal_of(const LoginStep& step) {
  if (const auto* refused = std::get_if<Refuse>(&step)) return refused->attempt.refusal;
  if (const auto* ended = std::get_if<EndLogin>(&step)) return ended->refusal;
  ADD_FAILURE() << "not refused: " << step.index();
  return Refusal::none;
}

const LoggedIn& logged_in(const LoginStep& step) {
  static const LoggedIn nobody;
  const auto* accepted = std::get_if<Accept>(&step);
  EXPECT_TRUE(accepted) << (accepted ? "" : std::string(label_of(refusal_of(step))));
  return accepted ? accepted->who : nobody;
}

TEST_F(UserAuthentications, none_asks_for_the_methods) {
  const auto step = say(none_request("me"));
  const auto left = parse_failure(std::get<Refuse>(step).message).value();
  EXPECT_THAT(left.methods, ElementsAre("publickey", "password", "keyboard-interactive"));
  EXPECT_FALSE(left.partial_success);
  EXPECT_EQ(refusal_of(step), Refusal::none);
  EXPECT_FALSE(login_->attempted());
  EXPECT_EQ(refusal_of(say(none_request("me"))), Refusal::method_not_offered) << "the second counts";
}

TEST_F(UserAuthentications, a_key_is_asked_for_and_then_proven) {
  const auto asked = show(with("key"));
  const auto ok = parse_public_key_ok(std::get<GoOn>(asked).message).value();
  EXPECT_EQ(ok.algorithm, "ssh-ed25519");
  EXPECT_EQ(ok.key, keygen_->blob("key"));
  EXPECT_TRUE(login_->attempted());
  const auto step = sign(with("key"));
  const auto& who = logged_in(step);
  EXPECT_EQ(who.user, "me");
  EXPECT_EQ(who.method, LoginMethod::publickey);
  EXPECT_EQ(who.fingerprint, fingerprint(keygen_->key("key")));
  EXPECT_EQ(who.line, "/keys:1");
  EXPECT_FALSE(who.permissions.pty);
  EXPECT_TRUE(who.permissions.port_forwarding);
  EXPECT_EQ(std::get<Accept>(step).message, success_answer());
  EXPECT_EQ(refusal_of(say(none_request("me"))), Refusal::malformed) << "it is over";
}

TEST_F(UserAuthentications, a_key_that_is_not_proven_is_refused) {
  EXPECT_EQ(refusal_of(show(with("other"))), Refusal::key_unknown);
  EXPECT_EQ(refusal_of(sign(with("other"), "other")), Refusal::key_unknown);
  const auto step = sign(with("key"), "other");
  EXPECT_EQ(refusal_of(step), Refusal::signature_invalid);
  EXPECT_EQ(std::get<Refuse>(step).attempt.fingerprint, fingerprint(keygen_->key("key")));
  login_.reset();
  options_.publickey = false;
  EXPECT_EQ(refusal_of(sign(with("key"))), Refusal::method_not_offered);
}

TEST_F(UserAuthentications, a_host_bound_key_has_seen_our_host_key) {
  auto bound = with("key");
  bound.method = "publickey-hostbound-v00@openssh.com";
  bound.host_key = own_host_key;
  EXPECT_TRUE(std::holds_alternative<GoOn>(show(bound)));
  EXPECT_EQ(logged_in(sign(bound)).method, LoginMethod::publickey);
  for (const auto& other : {std::vector<std::uint8_t>{}, std::vector<std::uint8_t>{9, 8}}) {
    login_.reset();
    bound.host_key = other;
    EXPECT_EQ(refusal_of(show(bound)), Refusal::host_key_mismatch);
    EXPECT_EQ(refusal_of(sign(bound)), Refusal::host_key_mismatch);
  }
  login_.reset();
  bound.host_key.reset();
  EXPECT_EQ(refusal_of(show(bound)), Refusal::malformed);
}

TEST_F(UserAuthentications, a_certificate_of_a_trusted_authority_logs_in) {
  users_.authorities.add(keygen_->line("ca"), "/ca", AuthorizedKeys::Lines::authorities);
  PublicKeyRequest request{"me", "publickey", "ssh-ed25519-cert-v01@openssh.com",
                           keygen_->certify("other", "ca", "-n me -z 7 -O force-command=x")};
  EXPECT_TRUE(std::holds_alternative<GoOn>(show(request)));
  const auto step = sign(request, "other");
  const auto& who = logged_in(step);
  EXPECT_EQ(who.method, LoginMethod::certificate);
  EXPECT_EQ(who.certificate_id, "the id");
  EXPECT_EQ(who.certificate_serial, 7U);
  EXPECT_EQ(who.permissions.command, "x");
  EXPECT_EQ(who.fingerprint, fingerprint(keygen_->key("other")));
  EXPECT_EQ(who.line, "/ca:1");
  login_.reset();
  EXPECT_EQ(refusal_of(sign(request, "key")), Refusal::signature_invalid);
  request.user = "you";
  login_.reset();
  EXPECT_EQ(refusal_of(sign(request, "other")), Refusal::certificate_not_for_user);
}

TEST_F(UserAuthentications, a_password_is_checked_elsewhere) {
  auto step = say(password_request("me", "x"));
  auto& check = std::get<PasswordCheck>(step);
  EXPECT_EQ(check.hash, sha512_of_x);
  EXPECT_EQ(check.password.reveal(), "x");
  EXPECT_TRUE(is_right(check));
  const auto accepted = login_->on_password(true);
  const auto& who = logged_in(accepted);
  EXPECT_EQ(who.method, LoginMethod::password);
  EXPECT_EQ(who.password.reveal(), "x");
  login_.reset();
  say(password_request("me", "y"));
  EXPECT_EQ(refusal_of(login_->on_password(false)), Refusal::password_wrong);
  EXPECT_TRUE(std::holds_alternative<PasswordCheck>(say(password_request("me", "x")))) << "once more";
}

TEST_F(UserAuthentications, nobody_is_checked_as_somebody_is) {
  auto step = say(password_request("nobody", "x"));
  auto& check = std::get<PasswordCheck>(step);
  EXPECT_EQ(check.hash, sha512_of_x);
  EXPECT_FALSE(is_right(check));
}

TEST_F(UserAuthentications, passwords_that_nobody_has_are_not_checked) {
  for (const auto& password : {std::string(), std::string(1'025, 'x')}) {
    login_.reset();
    EXPECT_EQ(refusal_of(say(password_request("me", password))), Refusal::password_wrong);
  }
  login_.reset();
  EXPECT_TRUE(std::holds_alternative<PasswordCheck>(say(password_request("me", std::string(1'024, 'x')))));
  login_.reset();
  MessageWriter change;
  change.u8(50)
      .string("me")
      .string("ssh-connection")
      .string("password")
      .boolean(true)
      .string("x")
      .string("y");
  EXPECT_EQ(refusal_of(say(change.take())), Refusal::method_not_offered);
}

TEST_F(UserAuthentications, keyboard_interactive_asks_for_the_password) {
  const auto asked = say(keyboard_interactive_request("me"));
  const auto request = parse_info_request(std::get<GoOn>(asked).message).value();
  ASSERT_EQ(request.prompts.size(), 1U);
  EXPECT_EQ(request.prompts[0].text, "Password:");
  EXPECT_FALSE(request.prompts[0].echo);
  EXPECT_TRUE(std::holds_alternative<PasswordCheck>(answer({"x"})));
  EXPECT_EQ(logged_in(login_->on_password(true)).method, LoginMethod::keyboard_interactive);
}

TEST_F(UserAuthentications, an_answer_belongs_to_its_question) {
  say(none_request("me"));
  EXPECT_EQ(refusal_of(answer({"x"})), Refusal::malformed) << "nothing was asked";
  login_.reset();
  say(keyboard_interactive_request("me"));
  EXPECT_EQ(refusal_of(answer({"x", "y"})), Refusal::password_wrong);
  EXPECT_EQ(refusal_of(answer({"x"})), Refusal::malformed) << "the question is over";
  login_.reset();
  say(keyboard_interactive_request("me"));
  EXPECT_TRUE(std::holds_alternative<GoOn>(show(with("key")))) << "given up for another method";
  EXPECT_EQ(refusal_of(answer({"x"})), Refusal::malformed);
}

TEST_F(UserAuthentications, failures_are_counted_as_sshd_counts_them) {
  options_.tries_max = 3;
  say(none_request("me"));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(std::holds_alternative<GoOn>(show(with("key"))));
  EXPECT_EQ(refusal_of(show(with("other"))), Refusal::key_unknown);
  say(password_request("me", "y"));
  EXPECT_EQ(refusal_of(login_->on_password(false)), Refusal::password_wrong);
  const auto step = show(with("other"));
  const auto& ended = std::get<EndLogin>(step);
  EXPECT_EQ(ended.refusal, Refusal::too_many_attempts);
  EXPECT_EQ(ended.last.refusal, Refusal::key_unknown);
  EXPECT_EQ(ended.reason, 2U);
  EXPECT_EQ(ended.sentence, "Too many authentication failures");
  EXPECT_EQ(refusal_of(sign(with("key"))), Refusal::malformed) << "it is over";
}

TEST_F(UserAuthentications, what_does_not_count_has_a_bound_too) {
  int asked = 0;
  while (std::holds_alternative<GoOn>(say(keyboard_interactive_request("me")))) ASSERT_LT(++asked, 100);
  EXPECT_EQ(asked, 70);
}

TEST_F(UserAuthentications, user_and_service_stay_the_same) {
  say(none_request("me"));
  auto request = with("key");
  request.user = "you";
  EXPECT_EQ(refusal_of(sign(request)), Refusal::user_changed);
  EXPECT_EQ(login_->user(), "me");
  login_.reset();
  MessageWriter other;
  const auto step = say(other.u8(50).string("me").string("ssh-else").string("none").take());
  EXPECT_EQ(refusal_of(step), Refusal::service_unknown);
  EXPECT_EQ(std::get<EndLogin>(step).reason, 7U);
}

TEST_F(UserAuthentications, messages_that_have_no_place_end_it) {
  const std::vector<std::uint8_t> wrong[] = {{}, {50}, {60}, {61, 0, 0, 0, 0}, {51}, {52}, {80}, {5}};
  for (const auto& message : wrong) {
    login_.reset();
    EXPECT_EQ(refusal_of(say(message)), Refusal::malformed);
  }
  login_.reset();
  EXPECT_EQ(refusal_of(say(none_request("\xff"))), Refusal::malformed) << "not UTF-8";
  login_.reset();
  say(password_request("me", "x"));
  EXPECT_EQ(refusal_of(say(none_request("me"))), Refusal::malformed) << "before the answer";
  login_.reset();
  say(none_request("me"));
  EXPECT_EQ(refusal_of(login_->on_password(true)), Refusal::malformed) << "nobody asked";
  login_.reset();
  say(none_request("me"));
  EXPECT_EQ(refusal_of(login_->on_service({Refusal::none, {}, {}}, now_)), Refusal::malformed);
}

TEST_F(UserAuthentications, none_is_for_those_who_may) {
  options_.none = true;
  EXPECT_EQ(logged_in(say(none_request("me"))).method, LoginMethod::none);
  login_.reset();
  EXPECT_EQ(refusal_of(show(with("other"))), Refusal::key_unknown) << "where keys are taken, they are judged";
  login_.reset();
  options_.publickey = options_.password = false;
  EXPECT_EQ(logged_in(show(with("other"))).method, LoginMethod::none)
      << "where nothing else is, anything will do";
  login_.reset();
  EXPECT_EQ(logged_in(say(password_request("me", "x"))).password.reveal(), "");
}

TEST_F(UserAuthentications, a_service_is_asked_where_nobody_here_says_yes) {
  options_.service = true;
  EXPECT_TRUE(std::holds_alternative<GoOn>(show(with("key")))) << "known here";
  const auto asked = show(with("other"));
  const auto& question = std::get<ServiceQuestion>(asked);
  EXPECT_EQ(question.user, "me");
  EXPECT_EQ(question.remote_address, "10.0.0.1");
  EXPECT_EQ(question.method, "publickey");
  EXPECT_EQ(question.fingerprint, fingerprint(keygen_->key("other")));
  EXPECT_EQ(question.key, keygen_->line("other"));
  auto yes = parse_service_answer(200, R"({"permit":"no-pty","name":"app","route":"r"})");
  EXPECT_TRUE(std::holds_alternative<GoOn>(login_->on_service(std::move(yes), now_)));
  EXPECT_EQ(refusal_of(sign(with("other"), "key")), Refusal::signature_invalid);
  const auto step = sign(with("other"), "other");
  const auto& who = logged_in(step);
  EXPECT_TRUE(who.by_service);
  EXPECT_EQ(who.name, "app");
  EXPECT_EQ(who.route, "r");
  EXPECT_FALSE(who.permissions.pty);
}

TEST_F(UserAuthentications, a_services_yes_is_for_the_key_it_was_asked_about) {
  options_.service = true;
  show(with("other"));
  login_->on_service(parse_service_answer(200, ""), now_);
  EXPECT_TRUE(std::holds_alternative<ServiceQuestion>(show(with("ca"))));
  EXPECT_EQ(refusal_of(login_->on_service(parse_service_answer(403, ""), now_)), Refusal::service_refused);
  EXPECT_TRUE(std::holds_alternative<ServiceQuestion>(sign(with("ca"), "ca")));
  EXPECT_EQ(refusal_of(login_->on_service(parse_service_answer(403, ""), now_)), Refusal::service_refused);
  EXPECT_TRUE(logged_in(sign(with("other"), "other")).by_service) << "it is still one";
}

TEST_F(UserAuthentications, a_service_is_not_asked_about_what_proves_nothing) {
  options_.service = true;
  users_.keys = AuthorizedKeys::parse("from=\"11.0.0.1\" " + keygen_->line("key"));
  EXPECT_EQ(refusal_of(show(with("key"))), Refusal::address_not_permitted) << "refused here is refused";
  EXPECT_EQ(refusal_of(sign(with("other"), "key")), Refusal::signature_invalid);
  EXPECT_TRUE(std::holds_alternative<ServiceQuestion>(sign(with("other"), "other")));
  EXPECT_EQ(logged_in(login_->on_service(parse_service_answer(204, ""), now_)).by_service, true);
}

TEST_F(UserAuthentications, a_service_that_does_not_say_yes_says_no) {
  options_.service = true;
  const std::pair<ServiceAnswer, Refusal> answers[] = {
      {parse_service_answer(403, ""), Refusal::service_refused},
      {parse_service_answer(0, std::nullopt), Refusal::service_failed},
      {parse_service_answer(200, "{"), Refusal::service_failed},
      {parse_service_answer(200, R"({"permit":"from=\"11.0.0.1\""})"), Refusal::address_not_permitted},
      {parse_service_answer(200, R"({"permit":"expiry-time=\"20200101\""})"), Refusal::key_expired}};
  for (const auto& [answer, refusal] : answers) {
    login_.reset();
    show(with("other"));
    EXPECT_EQ(refusal_of(login_->on_service(answer, now_)), refusal);
    EXPECT_TRUE(std::holds_alternative<ServiceQuestion>(sign(with("other"), "other"))) << "asked again";
  }
}

TEST_F(UserAuthentications, a_service_hears_a_password_after_the_file) {
  options_.service = true;
  for (const auto* user : {"me", "nobody"}) {
    login_.reset();
    EXPECT_TRUE(std::holds_alternative<PasswordCheck>(say(password_request(user, "y"))));
    const auto step = login_->on_password(false);
    const auto& question = std::get<ServiceQuestion>(step);
    EXPECT_EQ(question.method, "password");
    EXPECT_EQ(question.password.reveal(), "y");
    EXPECT_EQ(question.key, "");
    EXPECT_EQ(logged_in(login_->on_service(parse_service_answer(200, ""), now_)).password.reveal(), "y");
  }
  login_.reset();
  users_.passwords = {};
  EXPECT_TRUE(std::holds_alternative<ServiceQuestion>(say(password_request("me", "y"))));
  login_.reset();
  EXPECT_EQ(refusal_of(say(password_request("me", "\xff"))), Refusal::password_wrong) << "no JSON has it";
}

TEST(LoginMethod, has_a_label) {
  EXPECT_EQ(label_of(LoginMethod::none), "none");
  EXPECT_EQ(label_of(LoginMethod::publickey), "publickey");
  EXPECT_EQ(label_of(LoginMethod::certificate), "certificate");
  EXPECT_EQ(label_of(LoginMethod::password), "password");
  EXPECT_EQ(label_of(LoginMethod::keyboard_interactive), "keyboard_interactive");
}

}  // namespace
}  // namespace towline::ssh
