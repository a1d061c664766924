#include "forward/local_entry.hpp"

#include "async/deadline.hpp"
#include "forward/bind_retry.hpp"
#include "forward/connection_hint.hpp"
#include "forward/refusal.hpp"
#include "observe/failure_fields.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace towline::forward {

namespace {

using asio::generic::stream_protocol;
using observe::ConnectionFailure;
using observe::Steady;

constexpr std::chrono::seconds bind_timeout{5};
// Out of descriptors: those in use must be given back first.
constexpr std::chrono::milliseconds accept_pause{100};

// A socket between two executors.
class InTransit {
 public:
  explicit InTransit(net::Stream socket) : protocol_(protocol_of(socket)) {
    error_code failed;
    fd_ = socket.release(failed);
  }
  InTransit(InTransit&& other) noexcept : protocol_(other.protocol_), fd_(std::exchange(other.fd_, -1)) {}
  InTransit& operator=(InTransit&&) = delete;
  ~InTransit() {
    if (fd_ >= 0) ::close(fd_);
  }

  net::Stream arrive(const asio::any_io_executor& executor) {
    net::Stream socket(executor);
    error_code failed;
    socket.assign(protocol_, fd_, failed);
    if (!failed) fd_ = -1;
    return socket;
  }

 private:
  static stream_protocol protocol_of(const net::Stream& socket) {
    error_code unknown;
    return socket.local_endpoint(unknown).protocol();
  }

  stream_protocol protocol_;
  int fd_ = -1;
};

}  // namespace

std::optional<std::size_t> least_loaded(std::span<const std::size_t> loads, std::size_t turn) {
  std::optional<std::size_t> least;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const auto candidate = (turn + i) % loads.size();
    if (!least || loads[candidate] < loads[*least]) least = candidate;
  }
  return least;
}

LocalEntry::LocalEntry(const asio::any_io_executor& home, const ForwardSpec& spec, Options options,
                       observe::ForwardMetrics& metrics, const observe::Log& log)
    : home_(home),
      spec_(spec),
      options_(options),
      metrics_(metrics),
      log_(log.with({{"forward", spec.name}})),
      changed_(home) {}

Task<> LocalEntry::run() {
  while (!co_await cancelled()) {
    if (sessions_.empty()) {
      co_await changed_.wait();
      continue;
    }
    auto listening = co_await bind();
    if (listening) co_await accept_while_carried(*listening);
  }
}

Task<std::optional<LocalListening>> LocalEntry::bind() {
  for (int failures = 0; !sessions_.empty();) {
    const auto began = Steady::now();
    const auto port = port_to_ask(spec_.listen.port, last_bound_.port, failures);
    metrics_.setup_attempted();
    auto listening = co_await bind_local(spec_, port, resolver_, began + bind_timeout);
    if (listening) {
      last_bound_ = {.ever = true, .port = listening->port};
      metrics_.setup_succeeded(Steady::now() - began);
      co_return std::move(*listening);
    }
    if (co_await cancelled()) break;
    metrics_.setup_failed(setup_failure(listening.error().code));
    report_unbound(listening.error());
    const auto again = Steady::now() + bind_retry_delay(++failures);
    while (!sessions_.empty() && Steady::now() < again) {
      co_await changed_.wait_until(again);
      if (co_await cancelled()) co_return std::nullopt;
    }
  }
  co_return std::nullopt;
}

void LocalEntry::report_unbound(const Failure& failure) {
  const auto why = bind_refusal(spec_, failure);
  log_.repeatable().write(observe::Level::warn, "forward.refused", "could not bind the local listener",
                          observe::FailureFields({{"reason", why.reason.label()}}, failure, why.hint));
  const bool hopeless = options_.only_one && !last_bound_.ever;
  for (const auto& session : sessions_) {
    asio::dispatch(session->executor, [session, why, failure, hopeless] {
      if (session->user) session->user->on_unbound(why);
      if (session->user && hopeless) session->user->on_cannot_listen(failure);
    });
  }
}

Task<> LocalEntry::accept_while_carried(LocalListening& listening) {
  TaskGroup group(home_);
  for (auto& acceptor : listening.acceptors) group.spawn(accept_connections(acceptor));
  port_ = listening.port;
  for (const auto& session : sessions_) {
    asio::dispatch(session->executor, [session, port = listening.port] {
      if (session->user) session->user->on_listening(port);
    });
  }
  while (!sessions_.empty() && !co_await cancelled()) co_await changed_.wait();
  port_.reset();
  group.cancel();
  while (group.size() > 0) co_await group.join();
}

Task<> LocalEntry::accept_connections(net::Acceptor& acceptor) {
  while (!co_await cancelled()) {  // also between two connections, when there is nothing to abort
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (ec) {
      if (co_await sleep_until(Steady::now() + accept_pause)) co_return;
      continue;
    }
    error_code ignored;  // a unix socket has no such option
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    Arrival arrival{.originator = net::peer_of(socket)};
    take(std::move(socket), std::move(arrival));
  }
}

void LocalEntry::take(net::Stream socket, Arrival arrival) {
  if (places_->load(std::memory_order_relaxed) >= spec_.max_connections) {
    refuse(std::move(socket), arrival, ConnectionFailure::limit);
  } else if (!hand_over(socket, arrival)) {
    refuse(std::move(socket), arrival, ConnectionFailure::not_up);
  }
}

bool LocalEntry::hand_over(net::Stream& socket, Arrival& arrival) {
  loads_.clear();
  for (const auto& session : sessions_) loads_.push_back(session->places->load(std::memory_order_relaxed));
  const auto chosen = least_loaded(loads_, turn_);
  if (!chosen) return false;
  turn_ = *chosen + 1;
  const auto& session = sessions_[*chosen];
  arrival.place = Place(places_, session->places);
  if (session->executor == home_) {
    session->user->on_accepted(std::move(socket), std::move(arrival));
    return true;
  }
  asio::post(session->executor,
             [this, session, moved = InTransit(std::move(socket)), arrival = std::move(arrival)]() mutable {
               auto here = moved.arrive(session->executor);
               if (session->user) return session->user->on_accepted(std::move(here), std::move(arrival));
               give_back(session->executor, std::move(here), std::move(arrival));
             });
  return true;
}

void LocalEntry::give_back(const asio::any_io_executor& from, net::Stream socket, Arrival arrival) {
  arrival.place = {};
  if (from == home_) return take(std::move(socket), std::move(arrival));
  asio::post(home_, [this, moved = InTransit(std::move(socket)), arrival = std::move(arrival)]() mutable {
    take(moved.arrive(home_), std::move(arrival));
  });
}

void LocalEntry::refuse(net::Stream socket, const Arrival& arrival, ConnectionFailure reason) {
  metrics_.connection_failed(reason);
  const auto client = net::to_string(arrival.originator);
  (spec_.access_log ? log_ : log_.repeatable())
      .warn(
          "conn.error", "connection failed",
          {{"reason", to_string(reason)}, {"client", client}, {"hint", connection_hint(reason, spec_.mode)}});
  net::reset(socket);
}

void LocalEntry::join(const std::shared_ptr<Carrying>& session) {
  asio::dispatch(home_, [this, session] {
    sessions_.push_back(session);
    changed_.notify_all();
    if (!port_) return;
    asio::dispatch(session->executor, [session, port = *port_] {
      if (session->user) session->user->on_listening(port);
    });
  });
}

void LocalEntry::leave(const std::shared_ptr<Carrying>& session) {
  asio::dispatch(home_, [this, session] {
    std::erase(sessions_, session);
    changed_.notify_all();
  });
}

}  // namespace towline::forward
