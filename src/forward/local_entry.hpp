// Where a -L or -D takes connections in: one listener, shared by all SSH sessions that can carry them on.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "forward/connection.hpp"
#include "forward/listener.hpp"
#include "forward/report.hpp"
#include "forward/site.hpp"
#include "forward/spec.hpp"
#include "net/resolve.hpp"
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

// What an entry tells a session, on the session's executor.
class EntryUser {
 public:
  virtual ~EntryUser() = default;
  virtual void on_listening(std::uint16_t port) = 0;
  virtual void on_unbound(const Explanation& why) = 0;
  virtual void on_accepted(net::Stream socket, Arrival arrival) = 0;
};

// A session in the eyes of an entry.
struct Carrying {
  Carrying(asio::any_io_executor e, EntryUser& u) : executor(std::move(e)), user(&u) {}

  const asio::any_io_executor executor;
  EntryUser* user;  // touched on the executor only; null once the session has left
  const std::shared_ptr<Load> load = std::make_shared<Load>(0);
};

// Which of the sessions, given their loads, gets the next connection: one with the least, the first of those
// from `turn` on, in circles. Nothing: there is none. Pure.
std::optional<std::size_t> least_loaded(std::span<const std::size_t> loads, std::size_t turn);

// The address is bound from the start to the end, and open while there is a session: in between who connects
// is refused, and nobody else can take it. All of it happens on one executor, its home: that of the first
// session. A session on the same one gets its connections by a function call, one on another by a message.
// join(), leave() and give_back() are for any thread. Outlives the sessions.
class LocalEntry {
 public:
  struct Options {
    Serve serve = nullptr;
    // Called when the address cannot be had at the start; empty: nobody gives up.
    std::function<void()> cannot_listen{};
  };

  LocalEntry(const asio::any_io_executor& home, const ForwardSpec& spec, Options options,
             net::Descriptors& descriptors, observe::ForwardMetrics& metrics, const observe::Log& log);

  // Until cancelled or stopped. Once, at home.
  Task<> run();

  // Gives the address back for good: who has connected by now is handed on still, before the sessions leave.
  // Connections are untouched. At home.
  void stop();

  // From here on the session is told and given; the listener opens with the first.
  void join(const std::shared_ptr<Carrying>& session);
  // The session's user is null by now. The listener closes with the last.
  void leave(const std::shared_ptr<Carrying>& session);

  // A connection that its session could not carry on, and of which no byte was read but the request that it
  // brings with it: another takes it.
  // `from` is the executor the socket is used on.
  void give_back(const asio::any_io_executor& from, net::Stream socket, Arrival arrival);

  const ForwardSpec& spec() const { return spec_; }
  Serve serve() const { return options_.serve; }

 private:
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
  void tell(const std::shared_ptr<Carrying>& session);

  asio::any_io_executor home_;
  const ForwardSpec& spec_;
  Options options_;
  observe::ForwardMetrics& metrics_;
  observe::Log log_;
  net::Resolver resolver_;
  std::vector<std::shared_ptr<Carrying>> sessions_;
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
