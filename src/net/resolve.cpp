#include "net/resolve.hpp"

#include "async/event.hpp"
#include "async/wait.hpp"
#include "net/address_order.hpp"
#include "net/answers.hpp"
#include "net/error.hpp"
#include "net/question.hpp"
#include "net/resolv_conf.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace towline::net {

namespace {

using Clock = std::chrono::steady_clock;
using Whom = Question::Whom;

constexpr std::chrono::milliseconds resolution_delay{50};  // RFC 8305, 8
// Until other look-ups have given descriptors back.
constexpr std::chrono::milliseconds denied_pause{50};

Answer answer_of(int status) {
  switch (status) {
    case ARES_SUCCESS: return Answer::found;
    case ARES_ENODATA: return Answer::no_address;
    case ARES_ENOTFOUND:
    case ARES_EBADNAME: return Answer::not_found;
    case ARES_ETIMEOUT: return Answer::timed_out;
    default: return Answer::failed;
  }
}

std::string without_last_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

// RFC 6761, 6.3: what it names is known without a file, and no name server is asked.
bool is_localhost(std::string_view name) {
  constexpr std::string_view localhost = "localhost";
  if (name.size() > localhost.size() && name[name.size() - localhost.size() - 1] != '.') return false;
  return boost::algorithm::iends_with(name, localhost);
}

Endpoints loopback(AddressFamily family, std::uint16_t port) {
  Endpoints all;
  if (family != AddressFamily::inet) all.emplace_back(asio::ip::address_v6::loopback(), port);
  if (family != AddressFamily::inet6) all.emplace_back(asio::ip::address_v4::loopback(), port);
  return all;
}

Failure failure_of(Answer answer, const std::string& name, int status) {
  switch (answer) {
    case Answer::not_found: return {errc::name_not_found, name};
    case Answer::no_address: return {errc::no_address, name};
    case Answer::failed: return {errc::name_server_failed, name + " (" + ares_strerror(status) + ")"};
    default: return {errc::resolve_timed_out, name};
  }
}

// The question for one family. None: it is not asked for.
struct Side {
  std::unique_ptr<Question> question;
  bool taken = false;

  Answer answer() const {
    if (!question) return Answer::not_asked;
    if (!question->answered()) return Answer::none;
    const auto answer = answer_of(question->status());
    return answer == Answer::found && question->endpoints(0).empty() ? Answer::no_address : answer;
  }
  Endpoints take(std::uint16_t port) {
    if (answer() != Answer::found || std::exchange(taken, true)) return {};
    return question->endpoints(port);
  }
  bool is_under_way() const { return question && question->asked() && !question->answered(); }
  bool is_put_off() const { return question && !question->asked(); }
};

}  // namespace

class Lookup::State {
 public:
  State(asio::any_io_executor executor, HostPort where, AddressFamily family, Result<ResolvConf> conf,
        Descriptors* descriptors)
      : executor_(std::move(executor)),
        where_(std::move(where)),
        family_(family),
        descriptors_(descriptors),
        wake_(executor_) {
    if (conf) conf_ = std::move(*conf);
    if (!conf) shortage_ = conf.error().code;
  }

  Task<Result<Endpoints>> first(Deadline deadline);
  bool may_grow() const { return v4_.is_under_way() || v6_.is_under_way(); }
  Endpoints take();
  void when_changed(std::function<void()> told) { told_ = std::move(told); }
  Descriptors* descriptors() const { return descriptors_; }

 private:
  Endpoints in_hosts_file();
  void set_budget(Deadline deadline);
  Task<error_code> ask(const std::string& name);
  Task<error_code> ask_once(const std::string& name);
  bool denied() const;
  void put(const std::string& name);
  std::unique_ptr<Question> question(AddressFamily family);
  Clock::time_point next_step(Clock::time_point now) const;
  void retry();
  void note_failure();
  Failure failure(Answer answer) const;

  asio::any_io_executor executor_;
  HostPort where_;
  AddressFamily family_;
  Descriptors* descriptors_;
  ResolvConf conf_;             // its first server is the one to ask first
  asio::steady_timer wake_;     // cancelled to wake the asking coroutine
  std::function<void()> told_;  // instead, when there is none any more
  Clock::time_point end_;       // of the budget
  Clock::time_point second_;    // when the other family is asked for in any case
  Side v4_;
  Side v6_;
  int failed_ = ARES_SUCCESS;  // why a name server failed
  error_code shortage_;        // why it, or the files, could not be asked
};

Task<Result<Endpoints>> Lookup::State::first(Deadline deadline) {
  error_code not_literal;
  const auto address = asio::ip::make_address(where_.host, not_literal);
  if (!not_literal) co_return Endpoints{{address, where_.port}};
  if (where_.host.empty()) co_return Failure(errc::name_not_found, "the host is empty");
  if (shortage_) co_return Failure(shortage_, where_.host);
  if (auto known = in_hosts_file(); !known.empty()) co_return known;
  if (is_localhost(without_last_dot(where_.host))) co_return loopback(family_, where_.port);
  if (family_ == AddressFamily::inet6 && conf_.no_aaaa) co_return failure(Answer::no_address);

  set_budget(deadline);
  auto answer = Answer::not_found;
  for (const auto& name : names_to_ask(where_.host, conf_)) {
    if (const auto ec = co_await ask(name)) co_return Failure(ec, where_.host);
    const auto of_this_name = together(v4_.answer(), v6_.answer());
    if (of_this_name == Answer::found) co_return take();
    answer = worse(answer, of_this_name);
    note_failure();
    if (!goes_on(of_this_name)) break;
  }
  co_return failure(answer);
}

Endpoints Lookup::State::in_hosts_file() {
  Question question(executor_, Whom::hosts_file, family_, conf_, nullptr, [] {});
  question.ask(without_last_dot(where_.host));  // answered at once
  return question.endpoints(where_.port);
}

// Each server can be asked once at least, even if all those before it are silent.
void Lookup::State::set_budget(Deadline deadline) {
  using std::chrono::milliseconds;
  const auto now = Clock::now();
  end_ = now + (deadline - now) / 2;
  const auto share = (end_ - now) / static_cast<int>(conf_.servers.size());
  const auto share_ms = std::max(std::chrono::duration_cast<milliseconds>(share), milliseconds(1));
  conf_.timeout = std::min(conf_.timeout, share_ms);
}

// What is said of `name` is in v4_ and v6_ then.
Task<error_code> Lookup::State::ask(const std::string& name) {
  for (;;) {
    const bool last = Clock::now() + denied_pause >= end_;
    const bool none_left = descriptors_ != nullptr && descriptors_->taken() >= descriptors_->limit();
    if (last || !none_left) {
      if (const auto ec = co_await ask_once(name)) co_return ec;
      const bool found = together(v4_.answer(), v6_.answer()) == Answer::found;
      if (last || found || !denied()) co_return error_code{};
    }
    wake_.expires_after(denied_pause);
    co_await wake_.async_wait(as_result);
    if (co_await cancelled()) co_return asio::error::operation_aborted;
  }
}

bool Lookup::State::denied() const {
  const auto was_denied = [](const Side& side) { return side.question && side.question->denied(); };
  return was_denied(v4_) || was_denied(v6_);
}

Task<error_code> Lookup::State::ask_once(const std::string& name) {
  put(name);
  std::optional<Clock::time_point> patient_until;
  for (;;) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(cancellation)) co_return asio::error::operation_aborted;
    const auto now = Clock::now();
    if (v6_.is_put_off() && (v4_.answer() != Answer::none || now >= second_)) v6_.question->ask(name);
    const auto left = patience(v4_.answer(), v6_.answer());
    if (left == Patience::none) break;
    if (left == Patience::resolution_delay && !patient_until) patient_until = now + resolution_delay;
    const auto until = std::min(end_, patient_until.value_or(end_));
    if (now >= until) break;

    wake_.expires_at(std::min(until, next_step(now)));
    const auto [woken] = co_await wake_.async_wait(as_result);
    if (!woken) retry();
  }
  co_return error_code{};
}

void Lookup::State::put(const std::string& name) {
  for (const auto* side : {&v4_, &v6_}) {
    if (!side->question) continue;
    // A server that was silent for the name before is asked last.
    const auto silent = static_cast<std::size_t>(side->question->timeouts()) % conf_.servers.size();
    std::ranges::rotate(conf_.servers, conf_.servers.begin() + static_cast<std::ptrdiff_t>(silent));
    if (silent != 0) break;
  }
  second_ = Clock::now() + conf_.timeout;
  const bool v4 = family_ != AddressFamily::inet6;
  const bool v6 = family_ != AddressFamily::inet && !conf_.no_aaaa;
  v4_ = {v4 ? question(AddressFamily::inet) : nullptr};
  v6_ = {v6 ? question(AddressFamily::inet6) : nullptr};
  if (v4) v4_.question->ask(name);
  if (v6 && !(v4 && conf_.single_request)) v6_.question->ask(name);
}

std::unique_ptr<Question> Lookup::State::question(AddressFamily family) {
  return std::make_unique<Question>(executor_, Whom::name_servers, family, conf_, descriptors_, [this] {
    wake_.cancel();
    if (told_) told_();
  });
}

Clock::time_point Lookup::State::next_step(Clock::time_point now) const {
  auto next = v6_.is_put_off() ? second_ : Clock::time_point::max();
  for (const auto* side : {&v4_, &v6_}) {
    if (side->is_under_way()) next = std::min(next, now + side->question->until_retry());
  }
  return next;
}

void Lookup::State::note_failure() {
  for (const auto* side : {&v4_, &v6_}) {
    if (side->answer() == Answer::failed) failed_ = side->question->status();
    if (side->question && side->question->shortage()) shortage_ = side->question->shortage();
  }
}

void Lookup::State::retry() {
  for (auto* side : {&v4_, &v6_}) {
    if (side->is_under_way()) side->question->process();
  }
}

Endpoints Lookup::State::take() {
  const auto v4 = v4_.take(where_.port);
  const auto v6 = v6_.take(where_.port);
  return in_order(executor_, v4, v6);
}

Failure Lookup::State::failure(Answer answer) const {
  const auto& host = where_.host;
  const bool unanswered = answer == Answer::failed || answer == Answer::timed_out;
  if (unanswered && shortage_) return {shortage_, host};
  return failure_of(answer, host, failed_);
}

Lookup::Lookup(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lookup::Lookup(Lookup&&) noexcept = default;
Lookup& Lookup::operator=(Lookup&&) noexcept = default;
Lookup::~Lookup() = default;

Task<Result<Endpoints>> Lookup::first(Deadline deadline) { return state_->first(deadline); }
bool Lookup::may_grow() const { return state_->may_grow(); }
Endpoints Lookup::take_late() { return state_->take(); }
Descriptors* Lookup::descriptors() const { return state_->descriptors(); }
void Lookup::when_changed(std::function<void()> told) { state_->when_changed(std::move(told)); }

Resolver::Resolver(ResolveOptions options) : options_(std::move(options)) {}

void Resolver::adjust(ResolvConf& conf) const {
  if (!options_.servers.empty()) conf.servers = options_.servers;
  if (options_.server_timeout) conf.timeout = *options_.server_timeout;
  if (!conf.rotate) return;
  const auto first = turn_.fetch_add(1, std::memory_order_relaxed) % conf.servers.size();
  std::ranges::rotate(conf.servers, conf.servers.begin() + static_cast<std::ptrdiff_t>(first));
}

Lookup Resolver::look_up(const asio::any_io_executor& executor, HostPort where, AddressFamily family) const {
  auto conf = read_resolv_conf(options_.resolv_conf);
  if (conf) adjust(*conf);
  if (family == AddressFamily::any) family = options_.family;
  return Lookup(std::make_unique<Lookup::State>(executor, std::move(where), family, std::move(conf),
                                                options_.descriptors));
}

Task<Result<Endpoints>> Resolver::resolve(HostPort where, Deadline deadline) const {
  auto look_up = this->look_up(co_await asio::this_coro::executor, std::move(where));
  co_return co_await look_up.first(deadline);
}

Task<Result<std::vector<std::string>>> Resolver::texts(std::string name, Deadline deadline) const {
  const auto executor = co_await asio::this_coro::executor;
  auto conf = read_resolv_conf(options_.resolv_conf);
  if (!conf) co_return Failure(conf.error().code, name);
  adjust(*conf);
  Event changed(executor);
  Question question(executor, Whom::name_servers, AddressFamily::any, *conf, options_.descriptors,
                    [&changed] { changed.notify_all(); });
  question.ask_texts(name);
  for (auto now = Clock::now(); !question.answered() && now < deadline; now = Clock::now()) {
    co_await changed.wait_until(std::min(deadline, now + question.until_retry()));
    if (co_await cancelled()) co_return Failure(asio::error::operation_aborted, name);
    question.process();
  }
  const auto answer = question.answered() ? answer_of(question.status()) : Answer::timed_out;
  if (answer == Answer::found) co_return question.texts();
  if (question.shortage()) co_return Failure(question.shortage(), name);
  co_return failure_of(answer, name, question.status());
}

}  // namespace towline::net
