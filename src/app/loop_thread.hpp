// A thread with one io_context, and the one thing that lives on it: a session with its forwards, or an
// entrance.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "observe/reasons.hpp"
#include "supervisor/decide.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

namespace towline::app {

namespace asio = boost::asio;

// Built, started, released and joined by one thread, the owner's; the verbs are for any.
class LoopThread {
 public:
  virtual ~LoopThread() = default;  // who derives from it joins first
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  // Reads what may not be usable, before anything runs. Errors: those of endpoint::Reception::prepare().
  virtual Result<> prepare() = 0;

  // `ended` is called on this thread once there is nothing left to do; the loop itself turns on until
  // release(), which may be called when that is so for all threads. Error: no_thread.
  Result<> start(std::function<void(supervisor::Ending)> ended);

  // Before start(): `task` runs on this thread until it ends, or release() cancels it.
  void accompany(Task<> task) { companions_.spawn(std::move(task)); }
  asio::any_io_executor executor() { return context_.get_executor(); }

  // No new connections; those that are open have until the drain timeout.
  virtual void stop() = 0;
  // A wait for the next attempt is over.
  virtual void wake() = 0;
  // Files are read anew, as Supervisor::replace() says; `replaced` is called on this thread, once.
  virtual void replace(observe::Disconnect why, std::function<void(bool)> replaced) = 0;
  // Sends a client of an endpoint away; nothing where this thread has none of this number.
  virtual void disconnect(std::uint64_t client) = 0;
  // Takes back what clients offer at the entrance under this name. False: there is
  // no entrance.
  virtual bool end_exposed(std::string where) = 0;

  void release();
  void join();

 protected:
  LoopThread();

  // What the thread is for; ends after stop(), or when there is no point in going on. Once.
  virtual Task<supervisor::Ending> run() = 0;

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  TaskGroup companions_;
  std::thread thread_;
};

}  // namespace towline::app
