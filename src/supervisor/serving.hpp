// One session's life under load: its forwards run, and in the end everything is wound down in order.
#pragma once

#include "forward/local_forward.hpp"
#include "forward/site.hpp"
#include "forward/watch.hpp"
#include "supervisor/supervisor.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::supervisor {

// A goodbye that is not taken in this time is not worth waiting for: by the server, or by all jump hosts
// together.
inline constexpr std::chrono::seconds goodbye_timeout{1};

inline Milliseconds since(std::chrono::steady_clock::time_point when) {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - when);
}

class Supervisor::Serving final : private ssh::SessionObserver {
 public:
  // `server_address`: as it was reached.
  Serving(Supervisor& supervisor, net::HostPort server, std::unique_ptr<ssh::ClientTransport> transport,
          std::string server_address);

  // Until the session is over, or has been left as retire() and stop() ask; nothing of it is left running
  // then.
  Task<Failure> run();

  // Connections of -L and -D are taken from the start of run(). What one session only can do for a forward,
  // its listener on the server and its probe, waits for this, which may come before.
  void start_alone();

  // Takes no new connections, tells supervisor.released(), and ends after the last connection has.
  void retire(observe::Disconnect why);

  // The same, but the drain timeout runs. May follow retire().
  void stop();

  // A sign of life is asked for.
  void check() {
    if (!ended_) session_.check();
  }

  bool ended() const { return ended_.has_value(); }
  const std::optional<observe::Disconnect>& retired() const { return retired_; }
  const net::HostPort& server() const { return server_; }
  std::chrono::steady_clock::time_point began() const { return began_; }

 private:
  struct Run {
    Run(Forward& f, const asio::any_io_executor& executor)
        : forward(f), watch(executor), connections(executor) {}

    Forward& forward;
    forward::Watch watch;
    TaskGroup connections;
    std::shared_ptr<forward::LocalForward> local{};  // -L or -D
  };

  void on_received(std::chrono::steady_clock::time_point when) override;
  void on_keepalive_sent() override { account_.keepalive_sent(); }
  void on_keepalive_missed() override { account_.keepalive_missed(); }
  void on_round_trip(std::chrono::steady_clock::duration time) override { account_.round_trip(time); }
  void on_words(const std::string& said) override { account_.message(server_, said); }
  void on_unmatched(const ssh::UnmatchedChannel& channel) override { account_.unmatched(server_, channel); }

  bool leaving() const { return retired_ || stopping_; }
  Task<> run_session();
  forward::Site site(Run& run);
  forward::Ride ride(Run& run);
  void take_entries();
  void leave_entries();
  Task<> run_alone(Run& run);
  Task<> drain();
  Task<> publish();
  Task<> end_publication();
  Task<bool> join_connections();
  Task<bool> until_stopping();

  Supervisor& supervisor_;
  Account& account_;
  net::HostPort server_;
  std::string server_address_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  ssh::Session session_;
  std::optional<Failure> ended_;
  std::optional<observe::Disconnect> retired_;
  std::optional<net::Descriptors::Taken> descriptor_;  // once retired: how many such there are, nobody knows
  bool stopping_ = false;
  bool alone_ = false;
  Event changed_;  // any of these
  std::vector<std::unique_ptr<Run>> runs_;
  std::unique_ptr<forward::Publication> publication_;
  TaskGroup publishing_;
  TaskGroup listeners_;
  TaskGroup session_task_;
};

}  // namespace towline::supervisor
