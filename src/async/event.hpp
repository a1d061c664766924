// Something that may happen more than once, on one io_context: waiters are woken by notify_all().
#pragma once

#include "async/task.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace towline {

// Wait in a loop around the condition you wait for: an Event carries no state, so a notification without a
// waiter is not remembered. Nor is a cancellation from before the wait looked at, unlike async/wait.hpp's:
// who winds down still has something to wait for. Not thread-safe; use on the owner's io_context.
class Event {
 public:
  explicit Event(const asio::any_io_executor& executor);

  // Returns when notified (success) or when the awaiting coroutine was cancelled (operation_aborted).
  Task<error_code> wait();

  // As wait(), for the only waiter: timed_out when `deadline` passes first.
  Task<error_code> wait_until(std::chrono::steady_clock::time_point deadline);

  // The same for an answer of somebody else: time in which the loop did not turn does not count
  // (async/countdown.hpp).
  Task<error_code> wait_before(std::chrono::steady_clock::time_point deadline);

  void notify_all();

 private:
  asio::steady_timer timer_;
  unsigned notified_ = 0;
};

}  // namespace towline
