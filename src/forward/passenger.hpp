// Who uses whatever session there is, and stays when there is none.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "forward/report.hpp"
#include "ssh/client/connect.hpp"
#include "ssh/client/session.hpp"

#include <chrono>
#include <functional>

namespace towline::forward {

// A session that is there. What it refers to outlives the tasks that use it: those of `connections`, and
// run_alone().
struct Ride {
  ssh::Session& session;
  TaskGroup& connections;
  Report& report;
  std::chrono::milliseconds listen_timeout;  // for the server's answer to a request to listen
};

// Told of each session by the one that serves it, on that session's executor.
class Passenger {
 public:
  // Another session with the same server.
  using Another = std::function<Task<ssh::Attempt>()>;

  virtual ~Passenger() = default;

  // A session is up and takes channels, until leave(). One that takes over is boarded while its predecessor
  // is still there.
  virtual void board(const Ride& ride, Another another) = 0;
  // No new channels; those that there are go on.
  virtual void leave(const Ride& ride) = 0;
  // What one session only can do, its listeners on the server; until cancelled, which gives them back.
  virtual Task<> run_alone(Ride ride) = 0;
  // No session could be had this time.
  virtual void not_connected(const Failure& why) = 0;
};

}  // namespace towline::forward
