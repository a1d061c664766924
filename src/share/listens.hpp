// All that clients have asked the server to listen on. It outlives the sessions: each one is asked for it
// again.
#pragma once

#include "async/task_group.hpp"
#include "forward/passenger.hpp"
#include "share/held.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>

namespace towline::share {

// Not thread-safe; use on the sessions' io_context. Channels that come are joined with the client's by
// `join`, as a task of the session's connections.
class Listens {
 public:
  using Join = std::function<Task<>(std::shared_ptr<Held> held, ssh::Incoming incoming)>;

  Listens(asio::any_io_executor executor, Join join);

  // Refused at once where another client, or the same one, has it, or the client has very many; and at
  // `until`, without a session by then.
  void ask(std::shared_ptr<Client> client, ssh::ListenAddress address,
           std::optional<ssh::connection::RequestId> id, Deadline until);
  void cancel(const Client& client, const ssh::ListenAddress& address,
              std::optional<ssh::connection::RequestId> id);
  // The client has gone.
  void drop(const Client& client);
  // What waits for a session and has waited long enough (all: anyhow) is refused; when the next one will
  // have.
  std::optional<Deadline> expire(Deadline now, bool all = false);

  // Asks this session for all of it, and for what comes; until cancelled, which gives it back.
  Task<> keep(forward::Ride ride);

  std::size_t size() const { return all_.size(); }
  // Those that the present session listens on.
  std::size_t listening() const { return listening_; }

 private:
  using Request = std::shared_ptr<Held>;

  struct Keeping {
    forward::Ride ride;
    TaskGroup tasks;
  };

  void begin(const Request& held);
  Task<> keep_one(forward::Ride ride, Request held);
  Task<> try_until_had(forward::Ride ride, Request held);
  Task<> listen(forward::Ride ride, Request held, ssh::RemoteListener listener);
  Task<> accept(forward::Ride ride, Request held, ssh::RemoteListener& listener);
  void granted(Held& held, std::uint16_t port);
  void refused(const Request& held);
  void end(const Request& held);
  Request find(const Client& client, const ssh::ListenAddress& address) const;
  bool is_taken(const ssh::ListenAddress& address) const;

  asio::any_io_executor executor_;
  Join join_;
  std::list<Request> all_;
  Keeping* current_ = nullptr;
  std::size_t listening_ = 0;
};

}  // namespace towline::share
