// One session's life under load: its forwards run, and in the end everything is wound down in order.
#pragma once

#include "supervisor/supervisor.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace towline::supervisor {

class Supervisor::Serving {
 public:
  Serving(Supervisor& supervisor, std::unique_ptr<ssh::Transport> transport);

  // Until the session is over or the supervisor stops; nothing of it is left running then.
  Task<Failure> run();

 private:
  struct Run {
    Run(Forward& f, const asio::any_io_executor& executor) : forward(f), connections(executor) {}

    Forward& forward;
    TaskGroup connections;
  };

  Task<> run_session();
  Task<> run_forward(Run& run);
  Task<> drain();
  Task<bool> join_connections();

  Supervisor& supervisor_;
  ssh::Session session_;
  std::optional<Failure> ended_;
  std::vector<std::unique_ptr<Run>> runs_;
  TaskGroup listeners_;
  TaskGroup session_task_;
};

}  // namespace towline::supervisor
