// Something that the peer owes us, and how long we wait for it whatever else it says.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"

#include <chrono>
#include <optional>

namespace towline::ssh {

// Not thread-safe; use on the session's io_context.
class Owed {
 public:
  Owed(const asio::any_io_executor& executor, std::chrono::milliseconds patience)
      : patience_(patience), changed_(executor) {}

  // From now on, if it is not owed already.
  void begin();
  void settle();

  // Returns timed_out when it has been owed for too long, operation_aborted when cancelled. For one waiter.
  Task<error_code> overdue();

  std::chrono::milliseconds patience() const { return patience_; }

 private:
  std::chrono::milliseconds patience_;
  std::optional<std::chrono::steady_clock::time_point> since_;
  Event changed_;
};

}  // namespace towline::ssh
