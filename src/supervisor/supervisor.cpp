#include "supervisor/supervisor.hpp"

#include "ssh/connection/keepalive.hpp"
#include "ssh/wire/error.hpp"
#include "supervisor/explain.hpp"
#include "supervisor/serving.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/assert.hpp>

#include <algorithm>
#include <utility>

namespace towline::supervisor {

using std::chrono::steady_clock;

// What a round of attempts has come to.
struct Supervisor::Found {
  std::optional<ssh::Attempt> session;
  Outcome outcome{};  // where there is none
};

namespace {

// Board counts a loop as stuck after ten of these.
constexpr std::chrono::seconds beat_interval{1};

// As in decide.cpp: sshd answers repeated failures with penalties and bans.
constexpr std::chrono::seconds barred_for{30};

Permanent permanence(const Failure& failure) {
  if (!ssh::is_permanent(failure.code)) return Permanent::no;
  switch (connect_failure(failure.code)) {
    case observe::ConnectFailure::host_key: return Permanent::host_key;
    case observe::ConnectFailure::auth: return Permanent::auth;
    default: return Permanent::other;
  }
}

}  // namespace

Supervisor::Supervisor(asio::any_io_executor executor, Options options,
                       const std::vector<SupervisedForward>& forwards, Turnstile& turnstile,
                       observe::Pulse& pulse, observe::Metrics& metrics, const observe::Log& log)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      turnstile_(turnstile),
      pulse_(pulse),
      account_(options_.ssh, metrics, log),
      resolver_({.family = options_.ssh.socket.family, .descriptors = &connecting_}),
      target_resolver_({.family = options_.ssh.socket.family, .descriptors = options_.target_look_ups}),
      accepted_(options_.accepted_host_keys),
      barred_until_(options_.pool.servers.size()),
      servings_(executor_),
      changed_(executor_) {
  BOOST_ASSERT_MSG(!options_.pool.servers.empty(), "a supervisor needs a server");
  if (!accepted_) accepted_ = std::make_shared<ssh::AcceptedHostKeys>(options_.ssh.host_key.accepted_file);
  for (const auto& f : forwards) {
    auto& report = account_.add(f.spec, f.metrics, f.slot);
    forwards_.push_back(std::make_unique<Forward>(f.spec, report, f.entry, f.places, f.passenger));
  }
}

Supervisor::~Supervisor() = default;

void Supervisor::stop() { end(Ending::stopped); }

void Supervisor::cannot_listen() { end(Ending::cannot_listen); }

void Supervisor::end(Ending ending) {
  if (!ending_) ending_ = ending;
  for (auto* serving : alive_) serving->stop();
  changed_.notify_all();
}

void Supervisor::wake() {
  history_ = {};
  doubtful_.reset();
  barred_until_.assign(barred_until_.size(), {});
  woken_ = true;
  if (current_) current_->check();
  changed_.notify_all();
}

void Supervisor::replace(observe::Disconnect why, Replaced replaced) {
  replaced_.push_back(std::move(replaced));
  replace_ = why;
  if (!current_) wake();
  changed_.notify_all();
}

Task<> Supervisor::beat() {
  auto due = steady_clock::now();
  for (;;) {
    const auto now = steady_clock::now();
    account_.loop_lagged(now - due);
    pulse_.beat(now);
    due = now + beat_interval;
    if (co_await sleep_until(due)) break;
  }
  pulse_.retire();
}

Task<> Supervisor::until_over() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!over()) {
    if (co_await changed_.wait()) co_return;
  }
}

Task<Ending> Supervisor::run() {
  TaskGroup heart(executor_);
  heart.spawn(beat());
  const auto ending = co_await keep_session();
  for (auto* serving : alive_) serving->stop();
  co_await servings_.join();
  answer(false);
  account_.stopped();
  heart.cancel();
  co_await heart.join();
  co_return ending;
}

Task<Ending> Supervisor::keep_session() {
  const auto dead_peer_deadline = ssh::connection::Keepalive::deadline(options_.ssh.keepalive);
  for (bool first = true;; first = false) {
    auto found = co_await find_session();
    if (!replace_) answer(found.session.has_value());
    auto outcome = found.outcome;
    if (found.session) outcome = co_await serve(std::move(found));
    if (ending_) co_return *ending_;
    outcome.first_attempt = first;
    outcome.attempts = starts_;
    const double random = std::uniform_real_distribution<>{}(random_);
    const auto decision = decide(options_.reconnect, history_, outcome, dead_peer_deadline, random);
    history_ = decision.history;
    if (!decision.retry) co_return decision.ending;
    co_await wait_before_retry(*decision.retry);
    if (ending_) co_return *ending_;
  }
}

Task<> Supervisor::wait_before_retry(Milliseconds delay) {
  if (woken_) co_return;
  const auto until = steady_clock::now() + delay;
  account_.waiting(delay, history_);
  while (!over() && !woken_ && steady_clock::now() < until) co_await changed_.wait_until(until);
  account_.waited();
}

PoolPlace Supervisor::place() const {
  PoolPlace place{.select = options_.pool.select,
                  .servers = options_.pool.servers.size(),
                  .home = options_.number,
                  .last = last_,
                  .doubtful = doubtful_,
                  .barred = {}};
  const auto now = steady_clock::now();
  for (const auto& until : barred_until_) place.barred.push_back(now < until);
  return place;
}

// One round: each server once, the next as soon as one has failed.
Task<Supervisor::Found> Supervisor::find_session() {
  Found found;
  const auto began = steady_clock::now();
  woken_ = false;
  if (!beside_) replace_.reset();  // the files are read from now on
  bool only_permanent = true;
  for (const auto server : next_round(place(), random_)) {
    if (over() || (!beside_ && out_of_starts(options_.reconnect, starts_))) break;
    std::optional<ssh::Attempt> attempt;
    co_await try_server(server, attempt);
    if (attempt && attempt->outcome) {
      found.session = std::move(attempt);
      co_return found;
    }
    if (!attempt || over()) break;
    const auto& failure = attempt->outcome.error();
    account_.connect_failed(failure, attempt->trace);
    for (const auto& forward : forwards_) {
      if (forward->passenger) forward->passenger->not_connected(failure);
    }
    found.outcome.permanent = permanence(failure);
    if (found.outcome.permanent != Permanent::no) barred_until_[server] = steady_clock::now() + barred_for;
    only_permanent &= found.outcome.permanent != Permanent::no;
  }
  if (!only_permanent) found.outcome.permanent = Permanent::no;
  if (!beside_) doubtful_.reset();
  found.outcome.spent = since(began);
  co_return found;
}

Task<> Supervisor::try_server(ServerIndex server, std::optional<ssh::Attempt>& attempt) {
  using namespace asio::experimental::awaitable_operators;
  co_await (connect_into(server, attempt) || until_over());
}

// A session that came up in the very moment of stop() must be wound down like any other.
Task<> Supervisor::connect_into(ServerIndex server, std::optional<ssh::Attempt>& attempt) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto pass = co_await turnstile_.enter(server);
  if (!pass) co_return;
  last_ = server;
  if (!beside_) ++starts_;
  const auto& where = options_.pool.servers[server];
  account_.attempt(where, beside_);
  attempt = co_await ssh::connect(where, options_.ssh, resolver_, *accepted_,
                                  [this](const auto& trace, auto news) { account_.news(trace, news); });
}

// Until there is no session left; the first may have had successors.
Task<Outcome> Supervisor::serve(Found found) {
  const auto began = steady_clock::now();
  adopt(std::move(found));
  while (current_ && !over()) {
    if (replace_) {
      co_await succeed();
    } else {
      co_await changed_.wait();
    }
  }
  if (over()) {
    for (auto* serving : alive_) serving->stop();
  }
  woken_ = false;
  while (current_) co_await changed_.wait();
  const auto up_time = since(began);
  const auto dead_peer_deadline = ssh::connection::Keepalive::deadline(options_.ssh.keepalive);
  const bool silent = last_end_ && last_end_->code == ssh::errc::keepalive_timeout;
  doubtful_.reset();
  if (silent || up_time < stable_after(dead_peer_deadline)) doubtful_ = serving_on_;
  co_return Outcome{.was_up = true, .up_time = up_time};
}

// The present session carries on meanwhile, and for good if there is no successor.
Task<> Supervisor::succeed() {
  const auto why = *std::exchange(replace_, std::nullopt);
  beside_ = true;
  auto found = co_await find_session();
  beside_ = false;
  const bool success = found.session.has_value();
  if (success) {
    if (current_) current_->retire(why);
    adopt(std::move(found));
  }
  if (!replace_) answer(success);
}

void Supervisor::adopt(Found found) {
  auto& [trace, connected] = *found.session;
  account_.connected(trace);
  serving_on_ = *last_;
  auto serving =
      std::make_unique<Serving>(*this, options_.pool.servers[serving_on_], std::move(connected->transport),
                                std::move(trace.visits.back().address));
  releasing_ = current_;
  current_ = serving.get();
  alive_.push_back(current_);
  if (!releasing_) current_->start_alone();
  servings_.spawn(keep(std::move(serving), std::move(connected->hops)));
}

void Supervisor::released(const Serving* serving) {
  if (releasing_ != serving) return;
  releasing_ = nullptr;
  if (current_) current_->start_alone();
}

Task<> Supervisor::keep(std::unique_ptr<Serving> serving, std::unique_ptr<ssh::Hops> hops) {
  auto why = co_await serving->run();
  std::optional<std::size_t> jump_host;
  if (auto cause = hops->cause_of(why)) {
    jump_host = cause->index;
    why = std::move(cause->failure);
  }
  account_.session_ended({serving->server(), since(serving->began()), serving->retired(), why, jump_host});
  std::erase(alive_, serving.get());
  released(serving.get());
  if (current_ == serving.get()) {
    current_ = nullptr;
    last_end_ = why;
  }
  serving.reset();  // its wire is a channel of the last jump host
  changed_.notify_all();
  co_await hops->close(steady_clock::now() + goodbye_timeout);
}

void Supervisor::answer(bool success) {
  for (const auto& replaced : std::exchange(replaced_, {})) replaced(success);
}

}  // namespace towline::supervisor
