#include "app/end_deadline.hpp"

#include "async/start_thread.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace towline::app {

namespace {

constexpr std::chrono::milliseconds longest_step{500};

}  // namespace

void end_now(const observe::Log& log, int status) {
  log.flush();
  ::_exit(status);
}

EndDeadline::EndDeadline(std::chrono::milliseconds allowed, const observe::Log& log)
    : allowed_(allowed), log_(log) {}

EndDeadline::~EndDeadline() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  if (watch_.joinable()) watch_.join();
}

Result<> EndDeadline::start() {
  auto watch = start_thread([this] { this->watch(); });
  if (!watch) return watch.error();
  watch_ = std::move(*watch);
  return {};
}

void EndDeadline::begin() {
  const std::lock_guard lock(mutex_);
  if (left_) return;
  left_ = allowed_;
  changed_.notify_all();
}

void EndDeadline::met() {
  const std::lock_guard lock(mutex_);
  left_.reset();
}

// Step by step: a process that was stopped for a minute has not had that minute.
void EndDeadline::watch() {
  std::unique_lock lock(mutex_);
  while (!over_ && (!left_ || left_->count() > 0)) {
    if (!left_) {
      changed_.wait(lock);
      continue;
    }
    const auto step = std::min(*left_, longest_step);
    if (changed_.wait_for(lock, step) == std::cv_status::timeout && left_) *left_ -= step;
  }
  if (over_) return;
  const int status = status_;
  log_.error("shutdown.overdue", "the end took too long: ending now",
             {{"allowed_s", allowed_},
              {"exit_code", status},
              {"hint", "a thread stands still: please report it, with the lines above"}});
  end_now(log_, status);
}

}  // namespace towline::app
