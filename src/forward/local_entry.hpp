// Where a -L or -D takes connections in: one listener, shared by all SSH sessions that can carry them on.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "forward/connection.hpp"
#include "forward/local_listener.hpp"
#include "forward/report.hpp"
#include "forward/spec.hpp"
#include "net/descriptors.hpp"
#include "net/resolve.hpp"
#include "net/stream.hpp"
#include "observe/forward_metrics.hpp"
#include "observe/log.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace towline::forward {

class LocalEntry;

// A session in the eyes of an entry, which tells it and gives to it from join() to leave(). Made as a
// shared_ptr: a message may still be on its way to who has left. Not thread-safe; use on `executor`.
class Carrier : public std::enable_shared_from_this<Carrier> {
 public:
  Carrier(LocalEntry& entry, asio::any_io_executor executor)
      : entry_(entry), executor_(std::move(executor)) {}
  virtual ~Carrier() = default;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  void join();
  // No new connections from here on; the present ones are untouched. Idempotent.
  void leave();

  // A connection that could not be carried on, and of which no byte was read but the request that it brings
  // with it: another session takes it.
  void give_back(net::Stream socket, Arrival arrival);

  // How many connections it carries. Thread-safe.
  std::size_t load() const { return load_->load(std::memory_order_relaxed); }

 private:
  friend class LocalEntry;

  virtual void on_listening(std::uint16_t port) = 0;
  virtual void on_unbound(const Explanation& why) = 0;
  virtual void on_accepted(net::Stream socket, Arrival arrival) = 0;

  LocalEntry& entry_;
  const asio::any_io_executor executor_;
  const std::shared_ptr<Load> load_ = std::make_shared<Load>(0);
  bool joined_ = false;
};

// Which of the sessions, given their loads, gets the next connection: one with the least, the first of those
// from `turn` on, in circles. Nothing: there is none. Pure.
std::optional<std::size_t> least_loaded(std::span<const std::size_t> loads, std::size_t turn);

// The address is bound from the start to the end, and open while there is a session: in between who connects
// is refused, and nobody else can take it. All of it happens on one executor, its home: that of the first
// session. A session on the same one gets its connections by a function call, one on another by a message.
// Outlives the sessions.
class LocalEntry {
 public:
  // `cannot_listen` is called when the address cannot be had at the start; empty: nobody gives up.
  LocalEntry(const asio::any_io_executor& home, const ForwardSpec& spec, std::function<void()> cannot_listen,
             net::Descriptors& descriptors, observe::ForwardMetrics& metrics, const observe::Log& log);

  // Until cancelled or stopped. Once, at home.
  Task<> run();

  // Gives the address back for good: who has connected by now is handed on still, before the sessions leave.
  // Connections are untouched. At home.
  void stop();

  const ForwardSpec& spec() const { return spec_; }

 private:
  friend class Carrier;

  // From any thread. The listener opens with the first and closes with the last.
  void join(std::shared_ptr<Carrier> session);
  void leave(std::shared_ptr<Carrier> session);
  void give_back(const asio::any_io_executor& from, net::Stream socket, Arrival arrival);

  Task<bool> over();
  Task<std::optional<LocalListener>> bind();
  Task<> keep(LocalListener& listener);
  Task<> accept_while_carried(LocalListener& listener);
  Task<> accept_connections(net::Acceptor& acceptor);
  void take_queued(LocalListener& listener);
  void arrived(net::Stream socket);
  bool hand_over(net::Stream& socket, Arrival& arrival);
  void take(net::Stream socket, Arrival arrival);
  void refuse(net::Stream socket, const Arrival& arrival, observe::ConnectionFailure reason,
              const std::string& hint);
  void report_not_accepted(const error_code& why);
  void advise();
  void report_unbound(const Failure& failure);
  void tell(const std::shared_ptr<Carrier>& session);

  asio::any_io_executor home_;
  const ForwardSpec& spec_;
  std::function<void()> cannot_listen_;
  observe::ForwardMetrics& metrics_;
  observe::Log log_;
  net::Resolver resolver_;
  std::vector<std::shared_ptr<Carrier>> sessions_;
  std::vector<std::size_t> loads_;  // scratch of hand_over()
  std::size_t turn_ = 0;
  const std::shared_ptr<Places> places_;
  LocalListener* open_ = nullptr;
  std::optional<Explanation> unbound_;  // while the address cannot be had
  LastBound last_bound_;
  bool stopping_ = false;
  Event changed_;  // sessions_, stopping_
};

}  // namespace towline::forward
