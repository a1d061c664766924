#include "async/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/assert.hpp>

#include <exception>
#include <utility>

namespace towline {

// Asio would throw out of co_spawn at a task cancelled before its first step: its signal is kept until then.
Task<> TaskGroup::enter(Running& self, Task<> task) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await asio::this_coro::throw_if_cancelled(false);
  self.begun = true;
  if (!self.cancelled) co_await std::move(task);
}

TaskGroup::TaskGroup(asio::any_io_executor executor) : executor_(std::move(executor)), emptied_(executor_) {}

TaskGroup::~TaskGroup() {
  BOOST_ASSERT_MSG(running_.empty(), "a TaskGroup was destroyed before it was joined");
}

void TaskGroup::spawn(Task<> task) {
  auto self = running_.emplace(running_.end());
  auto ended = [this, self](std::exception_ptr bug) {
    running_.erase(self);
    if (running_.empty()) emptied_.notify_all();
    if (bug) std::rethrow_exception(bug);
  };
  asio::co_spawn(executor_, enter(*self, std::move(task)),
                 asio::bind_cancellation_slot(self->signal.slot(), ended));
}

void TaskGroup::cancel() {
  // A cancelled task may end at once and leave the list.
  for (auto it = running_.begin(); it != running_.end();) {
    auto& task = *it++;
    task.cancelled = true;
    if (task.begun) task.signal.emit(asio::cancellation_type::terminal);
  }
}

Task<> TaskGroup::join() {
  while (!running_.empty()) {
    if (auto ec = co_await emptied_.wait()) co_return;
  }
}

}  // namespace towline
