#include "observe/metrics.hpp"

#include "observe/facts_families.hpp"
#include "observe/family_set.hpp"
#include "observe/process.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace towline::observe {

namespace {

// Which codes each handler can answer; every one is a series from the start.
constexpr std::array<unsigned, 4> endpoint_codes{200, 405, 413, 503};
constexpr std::array<unsigned, 7> other_codes{400, 403, 404, 405, 408, 413, 431};

}  // namespace

Metrics::Metrics(BuildInfo build, const std::vector<ForwardTraits>& forwards, Log log)
    : build_(std::move(build)), log_(std::move(log)) {
  for (const ForwardTraits& traits : forwards) forwards_.emplace_back(traits);
  for (const HttpHandler handler : all<HttpHandler>()) {
    if (handler == HttpHandler::other) continue;
    for (const unsigned code : endpoint_codes) http_answers_[{handler, code}];
  }
  http_answers_[{HttpHandler::readyz, 404}];
  for (const unsigned code : other_codes) http_answers_[{HttpHandler::other, code}];
}

ForwardMetrics& Metrics::forward(std::string_view name) {
  const auto found = std::ranges::find(forwards_, name, &ForwardMetrics::name);
  BOOST_ASSERT_MSG(found != forwards_.end(), "metrics of a forward that is not configured");
  return *found;
}

const ForwardMetrics& Metrics::forward(std::string_view name) const {
  const auto found = std::ranges::find(forwards_, name, &ForwardMetrics::name);
  BOOST_ASSERT_MSG(found != forwards_.end(), "metrics of a forward that is not configured");
  return *found;
}

ForwardTotals Metrics::totals() const {
  ForwardTotals sum;
  for (const ForwardMetrics& forward : forwards_) sum += forward.totals();
  return sum;
}

void Metrics::http_answered(HttpHandler handler, unsigned code) {
  const auto found = http_answers_.find({handler, code});
  if (found != http_answers_.end()) found->second.add();
}

void Metrics::config_reloaded(Wall::time_point when) {
  reloads_.add();
  reload_success_.store(unix_seconds(when), std::memory_order_relaxed);
}

void Metrics::config_reload_failed() {
  reloads_.add();
  reload_failures_.add();
}

std::string Metrics::expose(const Facts& facts, Exposition format) const {
  FamilySet families;
  for (const ForwardMetrics& forward : forwards_) forward.collect(families);
  add_facts(families, facts);
  add_process(families);

  families.gauge("towline_build_info", "Versions of what runs.",
                 {{"crypto", build_.crypto},
                  {"libssh2", build_.libssh2},
                  {"revision", build_.revision},
                  {"version", build_.version}},
                 1);
  for (const auto& [answer, count] : http_answers_) {
    families.counter("towline_http_requests_total", "Requests to the admin server.",
                     {{"code", std::to_string(answer.second)}, {"handler", to_string(answer.first)}}, count);
  }
  const Log::Counts lines = log_.counts();
  for (std::size_t i = 0; i < lines.written.size(); ++i) {
    families.counter("towline_log_messages_total", "Log lines written.",
                     {{"level", to_string(static_cast<Level>(i))}}, static_cast<double>(lines.written[i]));
  }
  families.counter("towline_log_suppressed_total", "Log lines dropped as repeats.", {},
                   static_cast<double>(lines.suppressed));
  families.counter("towline_log_messages_dropped_total",
                   "Log lines that standard error did not take in time.", {},
                   static_cast<double>(lines.dropped));
  for (const UnmatchedChannel outcome : all<UnmatchedChannel>()) {
    families.counter("towline_unmatched_channels_total",
                     "Channels that the server opened under a name it was not asked to listen on.",
                     {{"outcome", to_string(outcome)}},
                     static_cast<double>(unmatched_channels_.value(outcome)));
  }
  families.counter("towline_http_accept_failures_total",
                   "Failed attempts to accept a client of the admin or the control port.", {},
                   http_accept_failures_);
  families.counter("towline_config_reloads_total", "Configuration reloads requested.", {}, reloads_);
  families.counter("towline_config_reload_failures_total",
                   "Configuration reloads that failed; the old configuration stayed in use.", {},
                   reload_failures_);
  families.gauge("towline_config_last_reload_success_timestamp_seconds",
                 "When the configuration was last reloaded successfully, 0 for never.", {},
                 reload_success_.load(std::memory_order_relaxed));
  families.histogram("towline_event_loop_lag_seconds", "How much later than due a session loop got its turn.",
                     {}, loop_lag_seconds_);
  for (const auto& collect : others_) collect(families);
  return observe::expose(families.take(), format);
}

}  // namespace towline::observe
