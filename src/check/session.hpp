// The session that `towline check` has logged in to: whether it lasts, and what ended it.
#pragma once

#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "ssh/client/connect.hpp"
#include "ssh/client/options.hpp"
#include "ssh/client/session.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace towline::check {

struct SessionLoss {
  Failure why;
  std::optional<std::size_t> jump_host{};  // that caused it, from 0
  bool after_login = false;                // before anything was asked of it
};

// Not thread-safe. close() before it is destroyed.
class CheckSession final : private ssh::SessionObserver {
 public:
  CheckSession(const asio::any_io_executor& executor, ssh::Connected connected, const ssh::Options& options);

  ssh::Session& session() { return *session_; }

  // Waits until the server has answered a first request and a moment has passed: what is wrong with an
  // account shows behind the login. A server that says nothing within 2 s counts as there.
  Task<std::optional<SessionLoss>> outlast_login();

  // What came of a request that failed without an answer.
  SessionLoss loss(const Failure& failure) const;
  bool is_lost() const { return ended_.has_value(); }

  // Says goodbye to the server and the jump hosts; 1 s for each. There is no session() behind it.
  Task<> close();

 private:
  void on_received(std::chrono::steady_clock::time_point) override {}
  void on_keepalive_sent() override {}
  void on_keepalive_missed() override {}
  void on_round_trip(std::chrono::steady_clock::duration time) override;
  void on_unmatched(const ssh::UnmatchedChannel&) override {}

  Task<> run();

  std::unique_ptr<ssh::Hops> hops_;
  std::optional<ssh::Session> session_;
  std::optional<Failure> ended_;
  bool answered_ = false;
  Event changed_;  // either of them
  TaskGroup running_;
};

}  // namespace towline::check
