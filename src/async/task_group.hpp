// The owner of coroutines: every coroutine that is started belongs to a group, and the group is joined.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <list>

namespace towline {

// Spawns on one executor. An exception that reaches the group is a bug: it leaves io_context::run().
// Must be empty when destroyed: cancel() and join() first. Not thread-safe; use on the group's io_context.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts `task` and owns it until it ends. The task sees every kind of cancellation and is not thrown at.
  void spawn(Task<> task);

  // Asks every running task to stop; one that has not begun yet never does. Tasks spawned later are not
  // affected. Call it from the running io_context only: Asio hands the request on there, and the task may be
  // gone by then.
  void cancel();

  // Returns when no task is left, or when the joining coroutine is cancelled: then join again. Bounded by the
  // tasks' own deadlines, or call cancel() first.
  Task<> join();

  std::size_t size() const { return running_.size(); }
  const asio::any_io_executor& executor() const { return executor_; }

 private:
  struct Running {
    asio::cancellation_signal signal;
    bool begun = false;
    bool cancelled = false;
  };

  static Task<> enter(Running& self, Task<> task);

  asio::any_io_executor executor_;
  std::list<Running> running_;
  Event emptied_;
};

}  // namespace towline
