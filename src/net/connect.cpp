#include "net/connect.hpp"

#include "net/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace towline::net {

namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds attempt_delay{250};  // RFC 8305 §5, Connection Attempt Delay

struct Attempt {
  tcp::endpoint endpoint;
  tcp::socket socket;
  std::optional<error_code> ended;
};

// The attempts under way. Shared with the completion handlers, which may run after the caller has gone.
class Race {
 public:
  explicit Race(const asio::any_io_executor& executor) : changed(executor) {}

  static void start(const std::shared_ptr<Race>& race, const tcp::endpoint& endpoint);

  bool idle() const {
    return std::ranges::all_of(attempts_, [](const Attempt& attempt) { return attempt.ended.has_value(); });
  }
  std::optional<tcp::socket> winner();
  Failure failure() const;
  Failure timed_out() const { return {errc::connect_timed_out, describe()}; }
  void abandon();

  asio::steady_timer changed;  // cancelled whenever an attempt ended

 private:
  std::string describe() const;

  std::deque<Attempt> attempts_;  // a running attempt must not be moved
};

// The kernel connects a socket to itself when its own port happens to be the one that nobody listens on.
bool connected_to_itself(const tcp::socket& socket) {
  error_code ec;
  const auto local = socket.local_endpoint(ec);
  return !ec && local == socket.remote_endpoint(ec) && !ec;
}

void Race::start(const std::shared_ptr<Race>& race, const tcp::endpoint& endpoint) {
  const auto index = race->attempts_.size();
  auto& attempt =
      race->attempts_.emplace_back(endpoint, tcp::socket(race->changed.get_executor()), std::nullopt);
  attempt.socket.async_connect(endpoint, [race, index](error_code ec) {
    Attempt& ended = race->attempts_[index];
    if (!ec && connected_to_itself(ended.socket)) ec = asio::error::connection_refused;
    ended.ended = ec;
    race->changed.cancel();
  });
}

std::optional<tcp::socket> Race::winner() {
  for (Attempt& attempt : attempts_) {
    if (attempt.ended && !*attempt.ended) return std::move(attempt.socket);
  }
  return std::nullopt;
}

Failure Race::failure() const {
  if (attempts_.empty()) return errc::no_address;
  return {attempts_.front().ended.value_or(error_code{}), describe()};
}

std::string Race::describe() const {
  std::string text;
  for (const Attempt& attempt : attempts_) {
    if (!text.empty()) text += ", ";
    text += to_string(HostPort{attempt.endpoint.address().to_string(), attempt.endpoint.port()});
    if (attempts_.size() > 1) text += attempt.ended ? " (" + attempt.ended->message() + ")" : " (no answer)";
  }
  return text;
}

void Race::abandon() {
  error_code ignored;
  for (Attempt& attempt : attempts_) attempt.socket.close(ignored);
}

tcp::socket prepared(tcp::socket socket) {
  error_code ignored;  // a peer that already closed makes these fail; the first read says it better
  socket.native_non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(tcp::socket::keep_alive(true), ignored);
  return socket;
}

}  // namespace

Task<Result<tcp::socket>> connect(Endpoints endpoints, Deadline deadline) {
  const auto race = std::make_shared<Race>(co_await asio::this_coro::executor);
  const auto abandon = [](Race* losers) { losers->abandon(); };
  const std::unique_ptr<Race, decltype(abandon)> on_exit(race.get(), abandon);

  auto next = endpoints.cbegin();
  auto next_start = Clock::now();
  for (;;) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
      co_return Failure(asio::error::operation_aborted);
    if (auto winner = race->winner()) co_return prepared(std::move(*winner));
    const auto now = Clock::now();
    if (now >= deadline) co_return race->timed_out();

    const bool more = next != endpoints.cend();
    if (more && (now >= next_start || race->idle())) {
      Race::start(race, *next++);
      next_start = now + attempt_delay;
    } else if (race->idle()) {
      co_return race->failure();
    } else {
      race->changed.expires_at(more ? std::min(deadline, next_start) : deadline);
      co_await race->changed.async_wait(as_result);
    }
  }
}

Task<Result<tcp::socket>> connect(HostPort where, const Resolver& resolver, Deadline deadline) {
  auto endpoints = co_await resolver.resolve(std::move(where), deadline);
  if (!endpoints) co_return endpoints.error();
  co_return co_await connect(std::move(*endpoints), deadline);
}

}  // namespace towline::net
