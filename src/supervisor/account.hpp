// What is told of a session and of the attempts to have one: log lines, metrics, and its forwards on the
// board.
#pragma once

#include "forward/report.hpp"
#include "forward/spec.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "observe/reasons.hpp"
#include "ssh/client/connect.hpp"
#include "ssh/client/listen_requests.hpp"
#include "ssh/client/options.hpp"
#include "supervisor/decide.hpp"
#include "supervisor/peer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace towline::supervisor {

// How a session ended.
struct SessionEnd {
  const net::HostPort& server;
  Milliseconds up_time;
  std::optional<observe::Disconnect> retired;  // a successor had taken over, and why
  const Failure& failure;
  std::optional<std::size_t> jump_host;  // that caused it
};

// Not thread-safe; use on the session's io_context. The references outlive it.
class Account {
 public:
  Account(const ssh::Options& options, observe::Metrics& metrics, const observe::Log& log);

  // A forward of the session; the report lives as long as the account.
  forward::Report& add(const forward::ForwardSpec& spec, observe::ForwardMetrics& metrics,
                       observe::ForwardSlot& slot);

  // An attempt begins. `beside` a session that goes on, whose forwards the board keeps showing.
  void attempt(const net::HostPort& server, bool beside);
  void news(const ssh::Trace& trace, ssh::News news);
  void connected(const ssh::Trace& trace);
  void connect_failed(const Failure& failure, const ssh::Trace& trace);
  void waiting(Milliseconds delay, const History& history);
  void waited();

  void keepalive_sent();
  void keepalive_missed();
  void round_trip(std::chrono::steady_clock::duration time);
  void message(const net::HostPort& server, const std::string& said) const;
  void unmatched(const net::HostPort& server, const ssh::UnmatchedChannel& channel);
  void draining() { all_enter(observe::ForwardState::draining); }
  void session_ended(const SessionEnd& end);

  void loop_lagged(std::chrono::steady_clock::duration lag) { metrics_.loop_lagged(lag); }
  void stopped() { all_enter(observe::ForwardState::stopped); }

 private:
  void show(ssh::ConnectStep step);
  void log_bad_line(const ssh::KnownHosts::BadLine& line) const;
  void log_accepted_file(const std::string& problem) const;
  void log_login(const ssh::Visit& visit, const Peer& peer) const;
  void log_host_key(const ssh::Visit& visit) const;
  void log_words(std::string_view event, std::string_view text, const Peer& peer,
                 const std::string& said) const;
  Peer peer(const ssh::Trace& trace) const { return peer_of(server_, options_, trace.jump_host); }
  std::string where() const { return net::to_string(server_); }
  void all_enter(observe::ForwardState state);
  void all_down(const forward::Explanation& why);

  const ssh::Options& options_;
  observe::Metrics& metrics_;
  observe::Log log_;
  std::deque<forward::Report> reports_;  // which stay where they are
  net::HostPort server_;                 // asked last
  std::uint64_t attempts_ = 0;
  bool beside_ = false;
  bool told_of_names_ = false;  // that the server names a listener in its own way
};

}  // namespace towline::supervisor
