#include "forward/local_entry.hpp"

#include "async/deadline.hpp"
#include "forward/bind_retry.hpp"
#include "forward/explain.hpp"
#include "net/error.hpp"
#include "net/free_port.hpp"
#include "observe/failure_fields.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace towline::forward {

namespace {

using asio::generic::stream_protocol;
using observe::ConnectionFailure;
using observe::Steady;

constexpr std::chrono::seconds bind_timeout{5};
// Where a descriptor cannot be had: those in use must be given back first.
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

LocalEntry::LocalEntry(const asio::any_io_executor& home, const ForwardSpec& spec,
                       std::function<void()> cannot_listen, net::Descriptors& descriptors,
                       observe::ForwardMetrics& metrics, const observe::Log& log)
    : home_(home),
      spec_(spec),
      cannot_listen_(std::move(cannot_listen)),
      metrics_(metrics),
      log_(log.with({{"forward", spec.name}})),
      places_(std::make_shared<Places>(spec.max_connections, descriptors, metrics)),
      changed_(home) {}

Task<bool> LocalEntry::over() { co_return stopping_ || co_await cancelled(); }

Task<> LocalEntry::run() {
  advise();
  while (!co_await over()) {
    auto listener = co_await bind();
    if (listener) co_await keep(*listener);
  }
}

void LocalEntry::stop() {
  stopping_ = true;
  if (open_) {
    take_queued(*open_);
    std::ignore = open_->close();  // for good
  }
  changed_.notify_all();
}

void LocalEntry::advise() {
  if (!spec_.listen_path.empty() || !net::port_rules().may_be_outgoing(spec_.listen.port)) return;
  log_.debug("forward.port", "an outgoing connection may have this port when towline starts",
             {{"listen", listen_text(spec_)},
              {"hint",
               "choose a port outside of net.ipv4.ip_local_port_range, or add it to "
               "net.ipv4.ip_local_reserved_ports"}});
}

auto LocalEntry::bind() -> Task<std::optional<LocalListener>> {
  for (int failures = 0; !co_await over();) {
    const auto began = Steady::now();
    const auto port = port_to_ask(spec_.listen.port, last_bound_.port, failures);
    metrics_.setup_attempted();
    auto listener = co_await LocalListener::bind(spec_, port, resolver_, began + bind_timeout);
    if (listener) {
      last_bound_ = {.ever = true, .port = listener->port};
      unbound_.reset();
      metrics_.setup_succeeded(Steady::now() - began);
      co_return std::move(*listener);
    }
    if (co_await cancelled()) break;
    const auto reason = setup_failure(listener.error().code);
    metrics_.setup_failed(reason);
    report_unbound(listener.error());
    const auto again = Steady::now() + bind_retry_delay(++failures);
    if (cannot_listen_ && !last_bound_.ever && is_hopeless(reason, failures)) cannot_listen_();
    while (!co_await over() && Steady::now() < again) co_await changed_.wait_until(again);
  }
  co_return std::nullopt;
}

void LocalEntry::report_unbound(const Failure& failure) {
  unbound_ = bind_refusal(spec_, failure);
  log_.repeatable().write(
      observe::Level::warn, "forward.refused", "could not bind the local listener",
      observe::FailureFields({{"reason", unbound_->reason.label()}}, failure, unbound_->hint));
  for (const auto& session : sessions_) tell(session);
}

void LocalEntry::tell(const std::shared_ptr<Carrier>& session) {
  const auto port = open_ ? std::optional(open_->port) : std::nullopt;
  asio::dispatch(session->executor_, [session, port, unbound = unbound_] {
    if (session->joined_ && port) session->on_listening(*port);
    if (session->joined_ && unbound) session->on_unbound(*unbound);
  });
}

// Until there is nothing more to keep: the address was lost, or is to be bound anew.
Task<> LocalEntry::keep(LocalListener& listener) {
  while (!co_await over()) {
    if (sessions_.empty()) {
      co_await changed_.wait();
      continue;
    }
    if (listener.open()) co_return;
    co_await accept_while_carried(listener);
    if (listener.close()) co_return;
  }
}

Task<> LocalEntry::accept_while_carried(LocalListener& listener) {
  TaskGroup group(home_);
  for (auto& acceptor : listener.acceptors) group.spawn(accept_connections(acceptor));
  open_ = &listener;
  for (const auto& session : sessions_) tell(session);
  while (!sessions_.empty() && !co_await over()) co_await changed_.wait();
  open_ = nullptr;
  group.cancel();
  while (group.size() > 0) co_await group.join();
  take_queued(listener);
}

Task<> LocalEntry::accept_connections(net::Acceptor& acceptor) {
  while (!co_await cancelled()) {  // also between two connections, when there is nothing to abort
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (ec) {
      report_not_accepted(ec);
      if (co_await sleep_until(Steady::now() + accept_pause)) co_return;
      continue;
    }
    arrived(std::move(socket));
  }
}

// The client stays in the queue, and is the next to be accepted.
void LocalEntry::report_not_accepted(const error_code& why) {
  if (!net::is_resource_shortage(why)) return;
  constexpr auto reason = ConnectionFailure::resource_shortage;
  metrics_.connection_failed(reason);
  log_.repeatable().write(
      observe::Level::warn, "conn.error", "could not accept a connection",
      observe::FailureFields({{"reason", to_string(reason)}}, Failure(why), net::resource_shortage_hint));
}

// Those who wait to be accepted would be reset, and nobody would know of them.
void LocalEntry::take_queued(LocalListener& listener) {
  for (auto& acceptor : listener.acceptors) {
    error_code none_left;
    for (auto socket = acceptor.accept(none_left); !none_left; socket = acceptor.accept(none_left))
      arrived(std::move(socket));
  }
}

void LocalEntry::arrived(net::Stream socket) {
  error_code ignored;  // a unix socket has no such option
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  Arrival arrival{.originator = net::peer_of(socket)};
  take(std::move(socket), std::move(arrival));
}

void LocalEntry::take(net::Stream socket, Arrival arrival) {
  auto place = Place::take(places_);
  if (!place) return refuse(std::move(socket), arrival, ConnectionFailure::limit, limit_hint(place.error()));
  arrival.place = std::move(*place);
  if (hand_over(socket, arrival)) return;
  constexpr auto not_up = ConnectionFailure::not_up;
  refuse(std::move(socket), arrival, not_up, connection_hint(not_up, spec_.mode));
}

bool LocalEntry::hand_over(net::Stream& socket, Arrival& arrival) {
  loads_.clear();
  for (const auto& session : sessions_) loads_.push_back(session->load());
  const auto chosen = least_loaded(loads_, turn_);
  if (!chosen) return false;
  turn_ = *chosen + 1;
  const auto& session = sessions_[*chosen];
  arrival.place.count_for(session->load_);
  if (session->executor_ == home_) {
    session->on_accepted(std::move(socket), std::move(arrival));
    return true;
  }
  asio::post(session->executor_,
             [session, moved = InTransit(std::move(socket)), arrival = std::move(arrival)]() mutable {
               auto here = moved.arrive(session->executor_);
               if (session->joined_) return session->on_accepted(std::move(here), std::move(arrival));
               session->give_back(std::move(here), std::move(arrival));
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

void LocalEntry::refuse(net::Stream socket, const Arrival& arrival, ConnectionFailure reason,
                        const std::string& hint) {
  metrics_.connection_failed(reason);
  const auto client = net::to_string(arrival.originator);
  (spec_.access_log ? log_ : log_.repeatable())
      .warn("conn.error", "connection failed",
            {{"reason", to_string(reason)}, {"client", client}, {"hint", hint}});
  net::reset(socket);
}

void LocalEntry::join(std::shared_ptr<Carrier> session) {
  asio::dispatch(home_, [this, session = std::move(session)] {
    sessions_.push_back(session);
    changed_.notify_all();
    tell(session);
  });
}

void LocalEntry::leave(std::shared_ptr<Carrier> session) {
  asio::dispatch(home_, [this, session = std::move(session)] {
    std::erase(sessions_, session);
    changed_.notify_all();
  });
}

void Carrier::join() {
  joined_ = true;
  entry_.join(shared_from_this());
}

void Carrier::leave() {
  if (std::exchange(joined_, false)) entry_.leave(shared_from_this());
}

void Carrier::give_back(net::Stream socket, Arrival arrival) {
  entry_.give_back(executor_, std::move(socket), std::move(arrival));
}

}  // namespace towline::forward
