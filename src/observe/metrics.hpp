// Every series of the agent: counted here, held by the Board, or read from the system at a scrape.
#pragma once

#include "observe/count.hpp"
#include "observe/facts.hpp"
#include "observe/forward_metrics.hpp"
#include "observe/histogram.hpp"
#include "observe/log.hpp"
#include "observe/openmetrics.hpp"
#include "observe/reasons.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::observe {

// Thread-safe. All series exist at zero from the constructor on. Lives as long as the process.
class Metrics {
 public:
  // `log` is the one whose lines are counted; any copy or child of it will do.
  Metrics(BuildInfo build, const std::vector<ForwardTraits>& forwards, Log log);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The forward must be one the constructor was told of.
  ForwardMetrics& forward(std::string_view name);
  const ForwardMetrics& forward(std::string_view name) const;

  // Of all forwards together.
  ForwardTotals totals() const;

  // How much later than due a session loop got its turn; once per heartbeat.
  void loop_lagged(Steady::duration lag) {
    loop_lag_seconds_.observe(std::chrono::duration<double>(lag).count());
  }

  // A channel of the server's that fits no forward by its name.
  void channel_unmatched(UnmatchedChannel outcome) { unmatched_channels_.add(outcome); }

  // Answers to admin requests; a code outside the closed set is not counted.
  void http_answered(HttpHandler handler, unsigned code);

  // A client of the admin or the control port could not be accepted.
  void http_accept_failed() { http_accept_failures_.add(); }

  // The configuration and the files it names were read again, at SIGHUP or through the control listener.
  void config_reloaded(Wall::time_point when);
  void config_reload_failed();

  // Further series, of what not every agent has. Before anything is exposed; `collect` is called on any
  // thread.
  void also(std::function<void(FamilySet&)> collect) { others_.push_back(std::move(collect)); }

  const BuildInfo& build() const { return build_; }

  // Every series as text, the families sorted by name. Takes no lock that a verb takes.
  std::string expose(const Facts& facts, Exposition format) const;

 private:
  BuildInfo build_;
  Log log_;
  std::deque<ForwardMetrics> forwards_;
  std::map<std::pair<HttpHandler, unsigned>, Count> http_answers_;  // by handler and code
  Histogram loop_lag_seconds_{round_trip_seconds_bounds};
  CountPer<UnmatchedChannel> unmatched_channels_;
  Count http_accept_failures_;
  Count reloads_;
  Count reload_failures_;
  std::atomic<double> reload_success_{0};  // Unix seconds
  std::vector<std::function<void(FamilySet&)>> others_;
};

}  // namespace towline::observe
