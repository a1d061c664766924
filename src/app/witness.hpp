// Which signals reach everybody, and so the program that `towline run` started: a process of ours that does
// nothing but notice them. The kernel tells nobody whether a signal was sent to a process or to its group.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <span>

namespace towline::app {

// Not thread-safe.
class Witness {
 public:
  // Starts the process, which stays in our group and dies with us. It begins with a copy of our memory:
  // `forget` is called in it, to wipe what it must not keep. Where there can be none, nothing is ever
  // noticed. Call before any other thread exists.
  Witness(std::span<const int> signals, const std::function<void()>& forget);
  ~Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  // Whether `signal` has reached it a moment ago: less than same_stop_request. It needs some milliseconds to
  // notice.
  bool has_noticed(int signal);

 private:
  using Clock = std::chrono::steady_clock;
  struct Notice {
    int signal = 0;
    Clock::time_point when;
  };

  [[noreturn]] static void notice(const sigset_t& signals, int pipe);

  int pipe_ = -1;
  std::array<Clock::time_point, NSIG> last_{};
};

}  // namespace towline::app
