#include "ssh/auth/client/authentication.hpp"

#include "async/deadline.hpp"
#include "net/error.hpp"
#include "ssh/auth/authentication_messages.hpp"
#include "ssh/auth/client/agent.hpp"
#include "ssh/auth/client/authentication_plan.hpp"
#include "ssh/auth/client/authentication_record.hpp"
#include "ssh/auth/client/credentials.hpp"
#include "ssh/auth/client/message_exchange.hpp"
#include "ssh/wire/error.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace towline::ssh {

namespace {

using Message = std::vector<std::uint8_t>;
using Kind = AuthenticationStep::Kind;

using RefusedProof = AuthenticationRecord::Refusal;

// A server that asks on and on without end is not one.
constexpr int question_rounds_max = 16;
// Of its questions, as many are named.
constexpr std::size_t questions_named_max = 4;

// Of the time that is left, what an agent gets: it may wait for a person, and is named if it does not answer.
Deadline agent_deadline(Countdown& countdown) {
  const auto now = Countdown::Clock::now();
  return now + (countdown.deadline(now) - now) * 2 / 3;
}

std::string quoted(const std::vector<Prompt>& prompts) {
  std::string text;
  for (std::size_t i = 0; i < std::min(prompts.size(), questions_named_max); ++i)
    text += (i == 0 ? "'" : ", '") + prompts[i].text + "'";
  return text + (prompts.size() > questions_named_max ? ", …" : "");
}

RefusedProof refusal_of(const Identity& identity, const char* why = "") {
  return {identity.key ? Proof::key : Proof::agent_key, to_string(identity) + why};
}

class Authentication {
 public:
  Authentication(ClientTransport& transport, std::string user, const Credentials& credentials,
                 Countdown& countdown);

  Task<Result<AuthenticationReport>> run();

 private:
  enum class Verdict { refused, partial, success };
  // What the server is to judge, and where its judgement is kept.
  struct Showing {
    Tried* tried;
    RefusedProof proof;
  };

  Task<Result<Verdict>> begin();
  Task<Result<Verdict>> take(AuthenticationStep step);
  Task<Result<Verdict>> ask_agent();
  Task<Result<Verdict>> public_key(std::size_t index);
  Task<Result<std::optional<Message>>> signature(const Identity& identity, const KeyAlgorithm& algorithm);
  Task<Result<bool>> probe(const Identity& identity, const KeyAlgorithm& algorithm);
  Task<Result<Verdict>> keyboard_interactive();
  Task<Result<Verdict>> password();
  void show(Tried& tried, RefusedProof proof) { shown_now_ = Showing{&tried, std::move(proof)}; }
  Result<Verdict> verdict(const Message& message);
  bool out_of_date(const Identity& identity) const;
  Verdict refuse(Tried& tried, RefusedProof refusal);
  Verdict refuse(const std::string& why = {});
  Verdict unanswered(const std::vector<Prompt>& prompts);
  Failure unexpected(const Message& message) const;
  Failure explain(Failure failure);
  AuthenticationReport report();

  ClientTransport& transport_;
  MessageExchange exchange_;
  const std::string user_;
  const Credentials& credentials_;
  Countdown& countdown_;
  const Certificate::Time now_ = std::chrono::system_clock::now();
  LoadedCredentials loaded_;
  std::optional<Agent> agent_;
  AuthenticationState state_;
  AuthenticationRecord record_;
  std::optional<Showing> shown_now_;
  std::string methods_;            // accepted, in the order
  std::optional<Identity> shown_;  // the first key that was accepted
};

Authentication::Authentication(ClientTransport& transport, std::string user, const Credentials& credentials,
                               Countdown& countdown)
    : transport_(transport),
      exchange_(transport),
      user_(std::move(user)),
      credentials_(credentials),
      countdown_(countdown),
      loaded_(read_credentials(credentials, now_)) {
  state_.publickey = credentials.publickey;
  state_.keyboard_interactive = credentials.keyboard_interactive;
  state_.password = credentials.password_method && !loaded_.password.empty();
  state_.answer = !loaded_.password.empty() || credentials.expects_no_question;
  state_.nothing_set_up =
      credentials.agent_socket.empty() && credentials.keys.empty() && !credentials.password;
  state_.agent_unasked = !credentials.agent_socket.empty();
  state_.agent_first = loaded_.without_key.has_value();
  state_.identities.assign(loaded_.identities.size(), Tried::no);
  record_.problems = std::exchange(loaded_.problems, {});
}

Failure Authentication::unexpected(const Message& message) const {
  const auto number = message.empty() ? 0 : message.front();
  return {errc::unexpected_message, "message " + std::to_string(number) + " during the authentication"};
}

// A server that ends the session over a refusal has refused. One that says goodbye to a proof has refused
// that; one that hangs up may have taken it, and does not get on for another reason.
Failure Authentication::explain(Failure failure) {
  if (failure.code == errc::peer_disconnected && shown_now_) refuse();
  const bool over = failure.code == errc::peer_disconnected || failure.code == errc::peer_closed;
  if (over && shown_now_) failure.detail = "it had been shown " + shown_now_->proof.what;
  if (!over || record_.refused.empty()) return failure;
  record_.ended = true;
  record_.more_to_show = next_step(state_).kind != Kind::give_up;
  auto refusal = explain_refusal(record_);
  refusal.ssh_code = failure.ssh_code;
  return refusal;
}

Authentication::Verdict Authentication::refuse(Tried& tried, RefusedProof refusal) {
  tried = Tried::refused;
  record_.refused.push_back(std::move(refusal));
  return Verdict::refused;
}

// What is shown now.
Authentication::Verdict Authentication::refuse(const std::string& why) {
  auto showing = *std::exchange(shown_now_, std::nullopt);
  showing.proof.what += why;
  return refuse(*showing.tried, std::move(showing.proof));
}

Result<Authentication::Verdict> Authentication::verdict(const Message& message) {
  if (!message.empty() && message.front() == static_cast<std::uint8_t>(AuthenticationMessage::success)) {
    *shown_now_->tried = Tried::accepted;
    return Verdict::success;
  }
  const auto left = parse_failure(message);
  if (!left) return unexpected(message);
  state_.offered = record_.offered = left->methods;
  if (!left->partial_success) return refuse();
  auto showing = *std::exchange(shown_now_, std::nullopt);
  *showing.tried = Tried::accepted;
  record_.accepted.push_back(std::move(showing.proof.what));
  return Verdict::partial;
}

// The request that nobody expects to be accepted asks for the methods. The service itself was requested with
// the handshake.
Task<Result<Authentication::Verdict>> Authentication::begin() {
  // A key that could not be opened for that is not one that the server refuses.
  for (const auto& problem : record_.problems) {
    if (net::is_resource_shortage(problem.code)) co_return problem;
  }
  const auto none = none_request(user_);
  if (auto sent = co_await exchange_.send(none); !sent) co_return sent.error();
  const auto answer = co_await exchange_.reply();
  if (!answer) co_return answer.error();
  Tried asked = Tried::no;
  show(asked, {Proof::password, "none"});
  auto result = verdict(*answer);
  shown_now_.reset();
  record_.refused.clear();  // nobody expects it to be accepted
  record_.accepted.clear();
  co_return result;
}

Task<Result<Authentication::Verdict>> Authentication::ask_agent() {
  state_.agent_unasked = false;
  state_.agent_first = false;
  const auto until = agent_deadline(countdown_);
  auto agent = co_await Agent::connect(credentials_.agent_socket, until);
  auto keys = Result<std::vector<AgentKey>>(errc::agent_unreachable);
  if (agent) keys = co_await agent->keys(until);
  if (!agent || !keys) {
    const auto failure = agent ? keys.error() : agent.error();
    if (failure.code == asio::error::operation_aborted || net::is_resource_shortage(failure.code))
      co_return failure;
    record_.problems.push_back(failure);
    give_up_certificate(loaded_);
  } else {
    agent_.emplace(std::move(*agent));
    add_agent_keys(loaded_, std::move(*keys), credentials_.identities_only);
  }
  for (auto& problem : std::exchange(loaded_.problems, {})) record_.problems.push_back(std::move(problem));
  state_.identities.resize(loaded_.identities.size(), Tried::no);
  co_return Verdict::refused;
}

// Whether the server would take the key. Asked before the agent has to sign, which may need a person.
Task<Result<bool>> Authentication::probe(const Identity& identity, const KeyAlgorithm& algorithm) {
  const auto question = public_key_probe(user_, algorithm.request, identity.blob);
  if (auto sent = co_await exchange_.send(question); !sent) co_return sent.error();
  const auto answer = co_await exchange_.reply();
  if (!answer) co_return answer.error();
  if (const auto accepted = parse_public_key_ok(*answer)) co_return accepted->key == identity.blob;
  const auto left = parse_failure(*answer);
  if (!left) co_return unexpected(*answer);
  state_.offered = record_.offered = left->methods;
  co_return false;
}

bool Authentication::out_of_date(const Identity& identity) const {
  if (!identity.certificate) return false;
  const bool known = std::ranges::any_of(
      record_.problems, [](const Failure& problem) { return problem.code == errc::certificate_expired; });
  return known || (identity.expiry && *identity.expiry <= now_);
}

// Nothing where the key cannot sign; the reason is a problem then.
Task<Result<std::optional<Message>>> Authentication::signature(const Identity& identity,
                                                               const KeyAlgorithm& algorithm) {
  const auto data = public_key_to_sign(transport_.session_id(), user_, algorithm.request, identity.blob);
  auto made = Result<Message>(errc::agent_failed);
  if (identity.key) {
    made = identity.key->sign(algorithm.signature, data);
  } else if (agent_) {
    const auto until = agent_deadline(countdown_);
    made = co_await agent_->sign(identity.agent_key, data, algorithm.signature, until);
  }
  if (made) co_return std::move(*made);
  if (made.error().code == asio::error::operation_aborted) co_return made.error();
  record_.problems.push_back(made.error());
  if (made.error().code == errc::agent_unreachable) agent_.reset();  // in the middle of an answer
  co_return std::nullopt;
}

Task<Result<Authentication::Verdict>> Authentication::public_key(std::size_t index) {
  const auto& identity = loaded_.identities[index];
  auto& tried = state_.identities[index];
  const auto algorithm = key_algorithm(identity.type, transport_.signature_algorithms(),
                                       transport_.server_signature_algorithms());
  if (!algorithm)
    co_return refuse(tried, refusal_of(identity, " for want of a signature algorithm that both sides allow"));
  if (!identity.key) {
    show(tried, refusal_of(identity));
    const auto wanted = co_await probe(identity, *algorithm);
    if (!wanted) co_return wanted.error();
    if (!*wanted) co_return refuse();
    shown_now_.reset();
  }
  const auto made = co_await signature(identity, *algorithm);
  if (!made) co_return made.error();
  if (!*made) {
    tried = Tried::refused;
    co_return Verdict::refused;
  }
  show(tried, refusal_of(identity));
  const auto request = public_key_request(user_, algorithm->request, identity.blob, **made);
  if (auto sent = co_await exchange_.send(request); !sent) co_return sent.error();
  const auto answer = co_await exchange_.reply();
  if (!answer) co_return answer.error();
  auto result = verdict(*answer);
  if (tried == Tried::accepted && !shown_) shown_ = identity;
  if (tried == Tried::refused && out_of_date(identity)) record_.expired_refused = true;
  co_return result;
}

Task<Result<Authentication::Verdict>> Authentication::keyboard_interactive() {
  show(state_.keyboard_interactive_tried, {Proof::password, "keyboard-interactive"});
  const auto request = keyboard_interactive_request(user_);
  if (auto sent = co_await exchange_.send(request); !sent) co_return sent.error();
  bool password_used = false;
  for (int round = 0; round < question_rounds_max; ++round) {
    const auto message = co_await exchange_.reply();
    if (!message) co_return message.error();
    const auto asked = parse_info_request(*message);
    if (!asked) co_return verdict(*message);
    transport_.words()->add(asked->name);
    transport_.words()->add(asked->instruction);
    const auto answers = answers_to(asked->prompts, loaded_.password.reveal(), password_used);
    // The next request ends this one (RFC 4252, 5.1).
    if (!answers) co_return unanswered(asked->prompts);
    const auto response = info_response(*answers);
    if (auto sent = co_await exchange_.send(response); !sent) co_return sent.error();
  }
  co_return refuse(", which asked without end");
}

Authentication::Verdict Authentication::unanswered(const std::vector<Prompt>& prompts) {
  shown_now_->proof.proof = Proof::questions;
  return refuse(", which asked " + quoted(prompts));
}

Task<Result<Authentication::Verdict>> Authentication::password() {
  show(state_.password_tried, {Proof::password, "password"});
  const auto request = password_request(user_, loaded_.password.reveal());
  if (auto sent = co_await exchange_.send(request); !sent) co_return sent.error();
  const auto message = co_await exchange_.reply();
  if (!message) co_return message.error();
  const auto reason = parse_password_change(*message);
  if (!reason) co_return verdict(*message);
  transport_.words()->add(*reason);
  record_.password_change = true;
  co_return refuse(", which has to be changed");
}

Task<Result<Authentication::Verdict>> Authentication::take(AuthenticationStep step) {
  switch (step.kind) {
    case Kind::ask_agent: return ask_agent();
    case Kind::publickey: return public_key(step.identity);
    case Kind::keyboard_interactive: return keyboard_interactive();
    case Kind::password:
    case Kind::give_up: break;
  }
  return password();
}

AuthenticationReport Authentication::report() {
  AuthenticationReport report{methods_, {}, {}, {}, now_, std::move(record_.problems)};
  if (shown_) {
    report.key_type = shown_->type;
    report.fingerprint = shown_->fingerprint;
    report.certificate_expiry = shown_->expiry;
  }
  return report;
}

const char* method_of(Kind kind) {
  switch (kind) {
    case Kind::publickey: return "publickey";
    case Kind::keyboard_interactive: return "keyboard-interactive";
    case Kind::password: return "password";
    case Kind::ask_agent:
    case Kind::give_up: break;
  }
  return "";
}

Task<Result<AuthenticationReport>> Authentication::run() {
  auto result = co_await begin();
  while (result && *result != Verdict::success) {
    if (*result == Verdict::partial) begin_next_factor(state_);
    const auto step = next_step(state_);
    if (step.kind == Kind::give_up) co_return explain_refusal(record_);
    result = co_await take(step);
    if (result && *result != Verdict::refused)
      methods_ += (methods_.empty() ? "" : ",") + std::string(method_of(step.kind));
  }
  if (!result) co_return explain(result.error());
  co_return report();
}

}  // namespace

Task<Result<AuthenticationReport>> authenticate(ClientTransport& transport, std::string user,
                                                const Credentials& credentials, Countdown& countdown) {
  Authentication authentication(transport, std::move(user), credentials, countdown);
  co_return co_await authentication.run();
}

}  // namespace towline::ssh
