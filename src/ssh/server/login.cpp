#include "ssh/server/login.hpp"

#include "async/yield_turn.hpp"
#include "ssh/auth/authentication_messages.hpp"
#include "ssh/wire/error.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace towline::ssh {

namespace {

// Takes the transport's messages while it lives.
class Talk final : private Packets::Receiver {
 public:
  explicit Talk(ServerTransport& transport) : transport_(transport) { transport_.deliver_to(this); }
  ~Talk() override { transport_.deliver_to(nullptr); }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  Task<Result<>> say(Bytes message) {
    while (transport_.in_key_exchange()) {
      if (auto pumped = co_await pump(); !pumped) co_return pumped;
    }
    if (auto written = transport_.write(message, {}); !written) co_return written;
    co_return co_await flush();
  }

  // SUCCESS, which is the transport's to say.
  Task<Result<>> let_in() {
    while (transport_.in_key_exchange()) {
      if (auto pumped = co_await pump(); !pumped) co_return pumped;
    }
    if (auto said = transport_.authenticated(); !said) co_return said;
    co_return co_await flush();
  }

  // The next message, which a client may send before it has been answered: bounded by one read.
  Task<Result<std::vector<std::uint8_t>>> hear() {
    while (heard_.empty()) {
      if (auto pumped = co_await pump(); !pumped) co_return pumped.error();
    }
    auto message = std::move(heard_.front());
    heard_.pop_front();
    co_return message;
  }

 private:
  // One at a time: while a decision is open nothing more is read.
  void on_message(Bytes message, std::uint32_t) override {
    heard_.emplace_back(message.begin(), message.end());
    transport_.pause();
  }

  Task<Result<>> pump() {
    const auto more = transport_.read();
    if (!more) co_return more.error();
    if (auto flushed = co_await flush(); !flushed) co_return flushed;
    error_code ec;
    if (*more) {
      ec = co_await yield_turn();
    } else if (heard_.empty()) {
      ec = co_await transport_.wire().wait_readable();
    }
    if (ec) co_return ec;
    co_return Result<>{};
  }

  Task<Result<>> flush() {
    for (;;) {
      const auto flushed = transport_.flush();
      if (!flushed) co_return flushed.error();
      if (*flushed) co_return Result<>{};
      if (const auto ec = co_await transport_.wire().wait_writable()) co_return ec;
    }
  }

  ServerTransport& transport_;
  std::deque<std::vector<std::uint8_t>> heard_;
};

UserAuthentication::Time now() { return std::chrono::system_clock::now(); }

LoginEnd nobody(Refusal refusal, Failure why) { return {.user = {}, .no_login = {refusal, std::move(why)}}; }

class Login {
 public:
  Login(ServerTransport& transport, UserAuthentication& authentication, LoginHelp& help,
        std::function<void(const RefusedAttempt&)> refused)
      : transport_(transport),
        authentication_(authentication),
        help_(help),
        refused_(std::move(refused)),
        talk_(transport) {}

  Task<LoginEnd> run(std::string banner) {
    if (!banner.empty()) {
      if (auto said = co_await talk_.say(banner_message(banner)); !said) co_return nobody({}, said.error());
    }
    for (;;) {
      const auto message = co_await talk_.hear();
      if (!message) co_return nobody({}, message.error());
      auto step = authentication_.on_message(*message, now());
      while (auto* check = std::get_if<PasswordCheck>(&step))
        step = authentication_.on_password(co_await help_.is_right(std::move(*check)));
      if (auto* question = std::get_if<ServiceQuestion>(&step))
        step = authentication_.on_service(co_await help_.ask(std::move(*question)), now());
      if (auto end = co_await take(std::move(step))) co_return std::move(*end);
    }
  }

 private:
  Task<std::optional<LoginEnd>> take(LoginStep step) {
    if (auto* accept = std::get_if<Accept>(&step)) co_return co_await let_in(std::move(*accept));
    if (auto* end = std::get_if<EndLogin>(&step)) {
      if (end->last.refusal != Refusal::none) refused_(end->last);
      transport_.disconnect(std::string(end->sentence));
      std::ignore = transport_.flush();
      co_return nobody(end->refusal, Failure(errc::login_ended, std::string(end->sentence)));
    }
    text::SecretBytes message;
    if (auto* refuse = std::get_if<Refuse>(&step)) {
      if (refuse->attempt.refusal != Refusal::none) refused_(refuse->attempt);
      message = std::move(refuse->message);
    } else {
      message = std::move(std::get<GoOn>(step).message);
    }
    if (auto said = co_await talk_.say(message); !said) co_return nobody({}, said.error());
    co_return std::nullopt;
  }

  Task<std::optional<LoginEnd>> let_in(Accept accept) {
    if (auto said = co_await talk_.let_in(); !said) co_return nobody({}, said.error());
    co_return LoginEnd{.user = std::move(accept.who)};
  }

  ServerTransport& transport_;
  UserAuthentication& authentication_;
  LoginHelp& help_;
  std::function<void(const RefusedAttempt&)> refused_;
  Talk talk_;
};

}  // namespace

Task<LoginEnd> log_in(ServerTransport& transport, UserAuthentication& authentication, std::string banner,
                      LoginHelp& help, std::function<void(const RefusedAttempt&)> refused) {
  Login login(transport, authentication, help, std::move(refused));
  co_return co_await login.run(std::move(banner));
}

}  // namespace towline::ssh
