// One tcpip-forward or streamlocal-forward: the server listens, its connections arrive here.
#pragma once

#include "async/event.hpp"
#include "async/result.hpp"
#include "net/host_port.hpp"
#include "ssh/channel.hpp"
#include "ssh/link.hpp"

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

  ListenState(const asio::any_io_executor& executor, Link& l) : link(l), changed(executor) {}
  void on_end(Failure why);

  Link& link;
  connection::ListenId id = 0;
  Phase phase = Phase::requested;
  std::uint16_t bound_port = 0;
  std::deque<Incoming> arrived;
  Failure end;
  Event changed;
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

  // The next connection. Errors: the session's failure, operation_aborted, session_closed after cancel().
  Task<Result<Incoming>> accept();

  // Ends the listening; connections that exist live on. Returns when the server has answered or `deadline`
  // has passed.
  Task<> cancel(std::chrono::steady_clock::time_point deadline);

 private:
  std::shared_ptr<ListenState> state_;
};

}  // namespace towline::ssh
