// Many runs of another program at the same time.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace towline::ssh {

// Calls `work` with 0 to `count` - 1, from several threads; returns when it is all done. A run of ssh with
// sshd waits for longer than it computes.
inline void at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
  constexpr int threads_max = 6;
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < threads_max; ++i) {
    threads.emplace_back([&] {
      for (auto mine = next++; mine < count; mine = next++) work(mine);
    });
  }
}

}  // namespace towline::ssh
