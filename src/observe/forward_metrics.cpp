#include "observe/forward_metrics.hpp"

#include "observe/family_set.hpp"

#include <algorithm>

namespace towline::observe {

ForwardTotals& ForwardTotals::operator+=(const ForwardTotals& other) {
  connections_opened += other.connections_opened;
  connections_failed += other.connections_failed;
  connections_aborted += other.connections_aborted;
  connections_active += other.connections_active;
  connections_waiting += other.connections_waiting;
  received_bytes += other.received_bytes;
  sent_bytes += other.sent_bytes;
  reconnects += other.reconnects;
  return *this;
}

void ForwardMetrics::connect_attempted() { connect_attempts_.add(); }

void ForwardMetrics::connect_failed(ConnectFailure reason) { connect_failures_.add(reason); }

void ForwardMetrics::session_up(const ConnectDurations& took) {
  const auto observe = [&](ConnectPhase phase, Duration time) {
    connect_seconds_.at(static_cast<std::size_t>(phase)).observe(in_seconds(time));
  };
  observe(ConnectPhase::dns, took.dns);
  observe(ConnectPhase::tcp, took.tcp);
  observe(ConnectPhase::handshake, took.handshake);
  observe(ConnectPhase::auth, took.auth);
  if (was_up_.exchange(true, std::memory_order_relaxed)) reconnects_.add();
}

void ForwardMetrics::session_ended(Disconnect reason) {
  disconnects_.add(reason);
  probes_.forget();
}

void ForwardMetrics::keepalive_sent() { keepalives_sent_.add(); }

void ForwardMetrics::keepalive_missed() { keepalives_missed_.add(); }

void ForwardMetrics::round_trip(Duration took) { round_trip_seconds_.observe(in_seconds(took)); }

void ForwardMetrics::setup_attempted() { setup_attempts_.add(); }

void ForwardMetrics::setup_succeeded(Duration took) {
  connect_seconds_.at(static_cast<std::size_t>(ConnectPhase::forward)).observe(in_seconds(took));
}

void ForwardMetrics::setup_failed(SetupFailure reason) { setup_failures_.add(reason); }

void ForwardMetrics::connection_opened(Duration since_accept) {
  connections_opened_.add();
  active_.add();
  open_seconds_.observe(in_seconds(since_accept));
}

void ForwardMetrics::connection_failed(ConnectionFailure reason) { connections_failed_.add(reason); }

void ForwardMetrics::connection_closed(Duration lifetime) {
  active_.subtract();
  lifetime_seconds_.observe(in_seconds(lifetime));
}

void ForwardMetrics::connection_aborted(ConnectionAborted reason, Duration lifetime) {
  connections_aborted_.add(reason);
  connection_closed(lifetime);
}

void ForwardMetrics::backpressured(Duration paused) {
  backpressure_nanoseconds_.add(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(paused).count()));
}

// The two are not counted in the same moment.
std::uint64_t ForwardMetrics::waiting() const {
  const auto active = active_.value();
  return std::max(places_.value(), active) - active;
}

ForwardTotals ForwardMetrics::totals() const {
  return {.connections_opened = connections_opened_.value(),
          .connections_failed = connections_failed_.sum(),
          .connections_aborted = connections_aborted_.sum(),
          .connections_active = active_.value(),
          .connections_waiting = waiting(),
          .received_bytes = received_bytes_.value(),
          .sent_bytes = sent_bytes_.value(),
          .reconnects = reconnects_.value()};
}

void ForwardMetrics::collect(FamilySet& families) const {
  const FamilySet::Label forward{"forward", traits_.name};
  const auto counter = [&](std::string_view name, std::string_view help, const Count& count) {
    families.counter(name, help, {forward}, count);
  };
  counter("towline_ssh_connect_attempts_total", "SSH connection attempts.", connect_attempts_);
  families.counters("towline_ssh_connect_failures_total", "Failed SSH connection attempts.", forward,
                    connect_failures_);
  counter("towline_ssh_reconnects_total", "SSH sessions established after the first.", reconnects_);
  families.counters("towline_ssh_disconnects_total", "SSH sessions that ended.", forward, disconnects_);
  counter("towline_ssh_keepalives_sent_total", "Keepalives sent to the server.", keepalives_sent_);
  counter("towline_ssh_keepalives_missed_total",
          "Keepalives after which nothing was received within the interval.", keepalives_missed_);
  counter("towline_forward_setup_attempts_total", "Attempts to listen, here or on the server.",
          setup_attempts_);
  families.counters("towline_forward_setup_failures_total",
                    "Failed attempts to listen, here or on the server.", forward, setup_failures_);
  counter("towline_connections_opened_total", "Forwarded connections joined to their target.",
          connections_opened_);
  families.counters("towline_connections_failed_total",
                    "Connections that could not be joined to their target.", forward, connections_failed_);
  families.counters("towline_connections_aborted_total", "Forwarded connections that ended abnormally.",
                    forward, connections_aborted_);
  families.counter("towline_backpressure_seconds_total",
                   "Time connections were paused because a window or a socket was full.", {forward},
                   static_cast<double>(backpressure_nanoseconds_.value()) / 1e9);
  counter("towline_received_bytes_total", "Payload bytes received from the SSH server.", received_bytes_);
  counter("towline_sent_bytes_total", "Payload bytes sent to the SSH server.", sent_bytes_);
  families.gauge("towline_connections_active", "Connections being forwarded now.", {forward},
                 static_cast<double>(active_.value()));
  families.gauge(
      "towline_connections_waiting",
      "Connections that are not joined to their target yet: its answer, or a client's request, is due.",
      {forward}, static_cast<double>(waiting()));
  families.gauge("towline_connections_limit", "Connections allowed at a time, 0 for unlimited.", {forward},
                 static_cast<double>(traits_.max_connections));
  for (const ConnectPhase phase : all<ConnectPhase>()) {
    families.histogram("towline_ssh_connect_duration_seconds", "Time of successful attempts by phase.",
                       {forward, {"phase", to_string(phase)}},
                       connect_seconds_.at(static_cast<std::size_t>(phase)));
  }
  families.histogram("towline_ssh_rtt_seconds", "Round trips of keepalives.", {forward}, round_trip_seconds_);
  families.histogram("towline_connection_open_duration_seconds",
                     "Time from accept until both ends are joined.", {forward}, open_seconds_);
  families.histogram("towline_connection_duration_seconds", "How long forwarded connections lasted.",
                     {forward}, lifetime_seconds_);
  if (traits_.probed) probes_.collect(families, traits_.name);
  if (!traits_.published) return;
  families.counters("towline_publish_failures_total",
                    "Times the forward was not public as it should be, though the server listens.", forward,
                    publish_failures_);
}

}  // namespace towline::observe
