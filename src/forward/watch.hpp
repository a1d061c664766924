// What a forward's probe waits for: who listens tells it, and each connection does.
#pragma once

#include "async/event.hpp"
#include "observe/reasons.hpp"

#include <optional>

namespace towline::forward {

// What has come back through the session since a probe of -R began. Whose connection it was cannot be told:
// any proves that the server's listener leads to us.
struct CameBack {
  bool arrived = false;                                // the server passed a connection on to us
  bool joined = false;                                 // and it reached the target
  std::optional<observe::ProbeFailure> turned_away{};  // one was, for want of this here

  bool operator==(const CameBack&) const = default;
};

// Of a forward on one session. Not thread-safe; use on the session's io_context.
class Watch {
 public:
  explicit Watch(const asio::any_io_executor& executor) : changed_(executor) {}

  // The forward has its listener, or has it no more.
  void listens(bool now) {
    listens_ = now;
    changed_.notify_all();
  }
  void arrived() {
    came_back_.arrived = true;
    changed_.notify_all();
  }
  void joined() {
    came_back_.joined = true;
    changed_.notify_all();
  }
  void not_joined(observe::ConnectionFailure reason) {
    using observe::ConnectionFailure;
    using observe::ProbeFailure;
    if (reason == ConnectionFailure::limit) came_back_.turned_away = ProbeFailure::limit;
    if (reason == ConnectionFailure::resource_shortage)
      came_back_.turned_away = ProbeFailure::resource_shortage;
  }

  // A probe begins.
  void begin() { came_back_ = {}; }
  bool listens() const { return listens_; }
  const CameBack& came_back() const { return came_back_; }
  // Returns when any of it may have changed.
  Task<error_code> wait() { return changed_.wait(); }

 private:
  bool listens_ = false;
  CameBack came_back_;
  Event changed_;
};

}  // namespace towline::forward
