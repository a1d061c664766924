// The end that comes when the orderly one does not: a thread that stands must not keep the process.
#pragma once

#include "async/result.hpp"
#include "exit_code.hpp"
#include "observe/log.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace towline::app {

// Ends the process at once, with what was logged: it waits for stderr as Log::flush() does.
[[noreturn]] void end_now(const observe::Log& log, int status);

// Thread-safe.
class EndDeadline {
 public:
  // `allowed`: how long the end may take once it has begun.
  EndDeadline(std::chrono::milliseconds allowed, const observe::Log& log);
  ~EndDeadline();
  EndDeadline(const EndDeadline&) = delete;
  EndDeadline& operator=(const EndDeadline&) = delete;

  // Once. The thread that watches is there before the end begins, when there may be none to be had.
  Result<> start();

  // The end begins, of which the first call counts; met() or the destructor is expected in the time that is
  // allowed.
  void begin();
  void met();

  // The status to end with; ExitCode::overdue unless somebody waits for another one.
  void end_with(int status) { status_ = status; }

 private:
  void watch();

  const std::chrono::milliseconds allowed_;
  observe::Log log_;
  std::atomic<int> status_{static_cast<int>(ExitCode::overdue)};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::chrono::milliseconds> left_;  // nothing: the end has not begun, or was met
  bool over_ = false;
  std::thread watch_;
};

}  // namespace towline::app
