#include "async/side_thread.hpp"

#include "async/start_thread.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace towline {

// What the thread and its owner share; it lives as long as the longer of them.
struct SideThread::Jobs {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> waiting;
  bool busy = false;
  bool ending = false;
  std::thread thread;

  bool done() const { return waiting.empty() && !busy; }
  void work();
};

void SideThread::Jobs::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return ending || !waiting.empty(); });
    if (waiting.empty()) return;
    busy = true;
    {
      const auto job = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      job();
    }
    lock.lock();
    busy = false;
    changed.notify_all();
  }
}

SideThread::SideThread() : jobs_(std::make_shared<Jobs>()) {}

SideThread::~SideThread() {
  const bool finished = finish(last_patience);
  std::thread thread;
  {
    const std::lock_guard lock(jobs_->mutex);
    jobs_->ending = true;
    jobs_->changed.notify_all();
    thread = std::move(jobs_->thread);
  }
  if (!thread.joinable()) return;
  if (finished) {
    thread.join();
  } else {
    thread.detach();  // there is no way to take it out of the kernel
  }
}

void SideThread::run(std::function<void()> job) {
  std::unique_lock lock(jobs_->mutex);
  if (!jobs_->thread.joinable()) {
    auto thread = start_thread([jobs = jobs_] { jobs->work(); });
    if (!thread) {
      lock.unlock();
      return job();
    }
    jobs_->thread = std::move(*thread);
  }
  jobs_->waiting.push_back(std::move(job));
  jobs_->changed.notify_all();
}

bool SideThread::finish(std::chrono::milliseconds patience) const {
  std::unique_lock lock(jobs_->mutex);
  return jobs_->changed.wait_for(lock, patience, [this] { return jobs_->done(); });
}

}  // namespace towline
