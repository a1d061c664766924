// One tcpip-forward or streamlocal-forward: the server listens, its connections arrive here.
#pragma once

#include "async/event.hpp"
#include "async/result.hpp"
#include "net/host_port.hpp"
#include "ssh/client/listen_requests.hpp"
#include "ssh/session/channel.hpp"
#include "ssh/session/link.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace towline::ssh {

struct Incoming {
  Channel channel;  // offered: accept() or refuse() it
  net::HostPort originator;
};

// What a session keeps for each listener. Private to ssh/.
struct ListenState {
  enum class Phase { requested, listening, cancelling, over };

  ListenState(const asio::any_io_executor& executor, Link& l, ListenRequests& r)
      : link(l), requests(r), changed(executor), over(executor) {}
  void on_end(Failure why);

  Link& link;
  ListenRequests& requests;
  ListenId id = 0;
  Phase phase = Phase::requested;
  std::uint16_t bound_port = 0;
  std::deque<Incoming> arrived;
  Failure end;
  Event changed;  // phase, or something has arrived
  Event over;
};

// Move-only; giving it up cancels the listening on the server without waiting for the answer. Must not
// outlive its session. Not thread-safe; use on the session's io_context.
class RemoteListener {
 public:
  explicit RemoteListener(std::shared_ptr<ListenState> state) : state_(std::move(state)) {}
  RemoteListener(RemoteListener&&) noexcept = default;
  RemoteListener& operator=(RemoteListener&&) = delete;
  ~RemoteListener();

  // The port the server listens on; its choice where 0 was asked for.
  std::uint16_t bound_port() const { return state_->bound_port; }

  // The next connection. Errors: the session's failure, operation_aborted, session_closed once a cancel() has
  // returned.
  Task<Result<Incoming>> accept();

  // Ends the listening; connections that exist live on, and those that the server has accepted by then still
  // arrive at accept(). Returns when the server has answered or `deadline` has passed.
  Task<> cancel(std::chrono::steady_clock::time_point deadline);

 private:
  std::shared_ptr<ListenState> state_;
};

}  // namespace towline::ssh
