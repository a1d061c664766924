#include "net/connect.hpp"

#include "async/countdown.hpp"
#include "async/wait.hpp"
#include "net/descriptors.hpp"
#include "net/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace towline::net {

namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds attempt_delay{250};  // RFC 8305 §5, Connection Attempt Delay
// For the addresses of a family that has not answered, when all others have failed. A refusal is to be told
// soon where the name server never answers for it; a slow one has needed ten times the resolution delay then.
constexpr std::chrono::milliseconds late_patience{500};

struct Attempt {
  tcp::endpoint endpoint;
  tcp::socket socket;
  std::optional<Descriptors::Taken> taken;  // beside that of the connection
  std::optional<error_code> ended;

  // Of no more use, and its descriptor may be.
  void end(error_code why) {
    ended = why;
    taken.reset();
    error_code ignored;
    socket.close(ignored);
  }
};

// The attempts under way. Shared with the completion handlers, which may run after the caller has gone.
class Race {
 public:
  Race(const asio::any_io_executor& executor, SocketOptions options, Descriptors* descriptors)
      : changed(executor), options_(std::move(options)), descriptors_(descriptors) {}

  // False: not now, for want of a descriptor beside that of the attempts under way.
  static bool start(const std::shared_ptr<Race>& race, const tcp::endpoint& endpoint);

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

  SocketOptions options_;
  Descriptors* descriptors_;
  std::deque<Attempt> attempts_;  // a running attempt must not be moved
};

// The kernel connects a socket to itself when its own port happens to be the one that nobody listens on.
bool connected_to_itself(const tcp::socket& socket) {
  error_code ec;
  const auto local = socket.local_endpoint(ec);
  return !ec && local == socket.remote_endpoint(ec) && !ec;
}

bool is_usable(const tcp::endpoint& endpoint, const SocketOptions& options) {
  const bool v6 = endpoint.address().is_v6();
  if (options.family != AddressFamily::any && v6 != (options.family == AddressFamily::inet6)) return false;
  if (options.bind_address.empty()) return true;
  error_code ec;
  const auto from = asio::ip::make_address(options.bind_address, ec);
  return ec || from.is_v6() == v6;
}

// The interface needs no privilege since Linux 5.7.
error_code bind_to(tcp::socket& socket, const SocketOptions& options) {
  const auto& name = options.bind_interface;
  if (!name.empty() && ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                                    static_cast<socklen_t>(name.size() + 1)) != 0) {
    return {errno, boost::system::system_category()};
  }
  if (options.bind_address.empty()) return {};
  error_code ec;
  const auto from = asio::ip::make_address(options.bind_address, ec);
  if (!ec) socket.bind({from, 0}, ec);
  return ec;
}

bool Race::start(const std::shared_ptr<Race>& race, const tcp::endpoint& endpoint) {
  std::optional<Descriptors::Taken> taken;
  if (race->descriptors_ != nullptr && !race->idle()) {
    taken = race->descriptors_->take();
    if (!taken) return false;
  }
  const auto index = race->attempts_.size();
  auto& attempt = race->attempts_.emplace_back(endpoint, tcp::socket(race->changed.get_executor()),
                                               std::move(taken), std::nullopt);
  error_code ec;
  attempt.socket.open(endpoint.protocol(), ec);
  if (!ec) ec = bind_to(attempt.socket, race->options_);
  if (ec) {
    attempt.end(ec);
    return true;
  }
  attempt.socket.async_connect(endpoint, [race, index](error_code ec) {
    Attempt& ended = race->attempts_[index];
    if (!ec && connected_to_itself(ended.socket)) ec = asio::error::connection_refused;
    if (ec) {
      ended.end(ec);
    } else {
      ended.ended = ec;
    }
    race->changed.cancel();
  });
  return true;
}

std::optional<tcp::socket> Race::winner() {
  for (Attempt& attempt : attempts_) {
    if (attempt.ended && !*attempt.ended) return std::move(attempt.socket);
  }
  return std::nullopt;
}

Failure Race::failure() const {
  if (attempts_.empty()) return {errc::no_address, "of the address family that is asked for"};
  const auto shortage = std::ranges::find_if(attempts_, [](const Attempt& attempt) {
    return attempt.ended && is_resource_shortage(*attempt.ended);
  });
  const auto& told = shortage == attempts_.end() ? attempts_.front() : *shortage;
  return {told.ended.value_or(error_code{}), describe()};
}

std::string Race::describe() const {
  std::string text;
  for (const Attempt& attempt : attempts_) {
    if (!text.empty()) text += ", ";
    text += to_string(HostPort{attempt.endpoint.address().to_string(), attempt.endpoint.port()});
    if (attempts_.size() > 1) text += attempt.ended ? " (" + attempt.ended->message() + ")" : " (no answer)";
  }
  if (!options_.bind_address.empty()) text += " from " + options_.bind_address;
  if (!options_.bind_interface.empty()) text += " over " + options_.bind_interface;
  return text;
}

void Race::abandon() {
  error_code ignored;
  for (Attempt& attempt : attempts_) {
    attempt.taken.reset();
    attempt.socket.close(ignored);
  }
}

tcp::socket prepared(tcp::socket socket, const SocketOptions& options) {
  error_code ignored;  // a peer that already closed makes these fail; the first read says it better
  socket.native_non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(tcp::socket::keep_alive(options.tcp_keepalive), ignored);
  return socket;
}

}  // namespace

AddressFamily family_of(const SocketOptions& options) {
  error_code ec;
  const auto from = asio::ip::make_address(options.bind_address, ec);
  if (options.family != AddressFamily::any || ec) return options.family;
  return from.is_v6() ? AddressFamily::inet6 : AddressFamily::inet;
}

Task<Result<tcp::socket>> connect(Endpoints endpoints, Deadline deadline, SocketOptions options,
                                  Lookup* lookup) {
  const auto unusable = [&](const tcp::endpoint& endpoint) { return !is_usable(endpoint, options); };
  std::erase_if(endpoints, unusable);
  auto* descriptors = lookup == nullptr ? nullptr : lookup->descriptors();
  const auto race = std::make_shared<Race>(co_await asio::this_coro::executor, options, descriptors);
  const auto abandon = [](Race* losers) { losers->abandon(); };
  const std::unique_ptr<Race, decltype(abandon)> on_exit(race.get(), abandon);
  if (lookup != nullptr) lookup->when_changed([race] { race->changed.cancel(); });

  std::size_t started = 0;
  auto next_start = Clock::now();
  Countdown countdown(next_start, deadline);
  const auto late_until = next_start + late_patience;
  for (;;) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(cancellation)) co_return Failure(asio::error::operation_aborted);
    if (auto winner = race->winner()) co_return prepared(std::move(*winner), options);
    const auto now = Clock::now();
    if (countdown.is_over(now)) co_return race->timed_out();

    if (lookup != nullptr) {
      auto late = lookup->take_late();
      std::erase_if(late, unusable);
      endpoints.insert(endpoints.end(), late.begin(), late.end());
    }
    const bool more = started != endpoints.size();
    const bool may_grow = lookup != nullptr && lookup->may_grow() && now < late_until;
    if (more && (now >= next_start || race->idle())) {
      if (Race::start(race, endpoints[started])) ++started;
      next_start = now + attempt_delay;
    } else if (race->idle() && !may_grow) {
      co_return race->failure();
    } else {
      const auto look = countdown.next();
      const auto change = more ? next_start : race->idle() ? late_until : look;
      race->changed.expires_at(std::min(look, change));
      co_await race->changed.async_wait(as_result);
    }
  }
}

Task<Result<tcp::socket>> connect(HostPort where, const Resolver& resolver, Deadline deadline) {
  auto lookup = resolver.look_up(co_await asio::this_coro::executor, std::move(where));
  auto endpoints = co_await lookup.first(deadline);
  if (!endpoints) co_return endpoints.error();
  co_return co_await connect(std::move(*endpoints), deadline, {}, &lookup);
}

}  // namespace towline::net
