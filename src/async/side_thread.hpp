// Work that the kernel may hold up for as long as it likes (a pipe that nobody reads, a file on a server that
// is gone), kept off the threads that must not stand still.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace towline {

// One thread, started with the first job. Thread-safe.
class SideThread {
 public:
  // How long the end of something waits for its work here: long for a reader and a disk that live, short for
  // people who wait for the end.
  static constexpr std::chrono::milliseconds last_patience{200};

  SideThread();
  // Waits for last_patience. A job that does not come back is left behind with its thread, which then ends
  // with the process.
  ~SideThread();
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  // Jobs run in order. Returns at once, unless no thread is to be had: then `job` is done here. A job owns
  // what it touches, as it may outlive this.
  void run(std::function<void()> job);

  // Waits until every job has been done. False: `patience` was over first.
  bool finish(std::chrono::milliseconds patience) const;

 private:
  struct Jobs;

  std::shared_ptr<Jobs> jobs_;
};

}  // namespace towline
