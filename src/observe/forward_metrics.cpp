#include "observe/forward_metrics.hpp"

#include "observe/family_set.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <algorithm>

namespace towline::observe {

namespace {

using prometheus::Counter;
using prometheus::Registry;

// The registry gives back the family that already has this name, so every forward may ask for it.
prometheus::Family<Counter>& family(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Counter& counter(Registry& registry, const ForwardTraits& traits, const char* name, const char* help) {
  return family(registry, name, help).Add({{"forward", traits.name}});
}

template <Labelled E>
CounterPerReason<E> counters(Registry& registry, const ForwardTraits& traits, const char* name,
                             const char* help) {
  CounterPerReason<E> result{};
  for (const E reason : all<E>()) {
    result.at(static_cast<std::size_t>(reason)) =
        &family(registry, name, help)
             .Add({{"forward", traits.name}, {"reason", std::string(to_string(reason))}});
  }
  return result;
}

template <Labelled E>
void increment(const CounterPerReason<E>& set, E reason) {
  set.at(static_cast<std::size_t>(reason))->Increment();
}

std::uint64_t value(const Counter& counter) { return static_cast<std::uint64_t>(counter.Value()); }

template <std::size_t n>
std::uint64_t sum(const std::array<Counter*, n>& set) {
  std::uint64_t total = 0;
  for (const Counter* one : set) total += value(*one);
  return total;
}

}  // namespace

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

ForwardMetrics::ForwardMetrics(Registry& r, const ForwardTraits& t)
    : traits_(t),
      connect_attempts_(counter(r, t, "towline_ssh_connect_attempts_total", "SSH connection attempts.")),
      reconnects_(counter(r, t, "towline_ssh_reconnects_total", "SSH sessions established after the first.")),
      keepalives_sent_(counter(r, t, "towline_ssh_keepalives_sent_total", "Keepalives sent to the server.")),
      keepalives_missed_(counter(r, t, "towline_ssh_keepalives_missed_total",
                                 "Keepalives after which nothing was received within the interval.")),
      setup_attempts_(counter(r, t, "towline_forward_setup_attempts_total",
                              "Attempts to listen, here or on the server.")),
      connections_opened_(
          counter(r, t, "towline_connections_opened_total", "Forwarded connections joined to their target.")),
      backpressure_seconds_(counter(r, t, "towline_backpressure_seconds_total",
                                    "Time connections were paused because a window or a socket was full.")),
      connect_failures_(counters<ConnectFailure>(r, t, "towline_ssh_connect_failures_total",
                                                 "Failed SSH connection attempts.")),
      disconnects_(counters<Disconnect>(r, t, "towline_ssh_disconnects_total", "SSH sessions that ended.")),
      setup_failures_(counters<SetupFailure>(r, t, "towline_forward_setup_failures_total",
                                             "Failed attempts to listen, here or on the server.")),
      connections_failed_(counters<ConnectionFailure>(
          r, t, "towline_connections_failed_total", "Connections that could not be joined to their target.")),
      connections_aborted_(counters<ConnectionAborted>(r, t, "towline_connections_aborted_total",
                                                       "Forwarded connections that ended abnormally.")),
      connect_seconds_{Histogram(connect_seconds_bounds), Histogram(connect_seconds_bounds),
                       Histogram(connect_seconds_bounds), Histogram(connect_seconds_bounds),
                       Histogram(connect_seconds_bounds)} {}

void ForwardMetrics::connect_attempted() { connect_attempts_.Increment(); }

void ForwardMetrics::connect_failed(ConnectFailure reason) { increment(connect_failures_, reason); }

void ForwardMetrics::session_up(const ConnectDurations& took) {
  const auto observe = [&](ConnectPhase phase, Duration time) {
    connect_seconds_.at(static_cast<std::size_t>(phase)).observe(in_seconds(time));
  };
  observe(ConnectPhase::dns, took.dns);
  observe(ConnectPhase::tcp, took.tcp);
  observe(ConnectPhase::handshake, took.handshake);
  observe(ConnectPhase::auth, took.auth);
  if (was_up_.exchange(true, std::memory_order_relaxed)) reconnects_.Increment();
}

void ForwardMetrics::session_ended(Disconnect reason) {
  increment(disconnects_, reason);
  probes_.forget();
}

void ForwardMetrics::keepalive_sent() { keepalives_sent_.Increment(); }

void ForwardMetrics::keepalive_missed() { keepalives_missed_.Increment(); }

void ForwardMetrics::round_trip(Duration took) { round_trip_seconds_.observe(in_seconds(took)); }

void ForwardMetrics::setup_attempted() { setup_attempts_.Increment(); }

void ForwardMetrics::setup_succeeded(Duration took) {
  connect_seconds_.at(static_cast<std::size_t>(ConnectPhase::forward)).observe(in_seconds(took));
}

void ForwardMetrics::setup_failed(SetupFailure reason) { increment(setup_failures_, reason); }

void ForwardMetrics::connection_opened(Duration since_accept) {
  connections_opened_.Increment();
  active_.fetch_add(1, std::memory_order_relaxed);
  open_seconds_.observe(in_seconds(since_accept));
}

void ForwardMetrics::connection_failed(ConnectionFailure reason) { increment(connections_failed_, reason); }

void ForwardMetrics::connection_closed(Duration lifetime) {
  active_.fetch_sub(1, std::memory_order_relaxed);
  lifetime_seconds_.observe(in_seconds(lifetime));
}

void ForwardMetrics::connection_aborted(ConnectionAborted reason, Duration lifetime) {
  increment(connections_aborted_, reason);
  connection_closed(lifetime);
}

void ForwardMetrics::backpressured(Duration paused) { backpressure_seconds_.Increment(in_seconds(paused)); }

// The two are not counted in the same moment.
std::uint64_t ForwardMetrics::waiting() const {
  const auto active = active_.load(std::memory_order_relaxed);
  return std::max(places_.load(std::memory_order_relaxed), active) - active;
}

ForwardTotals ForwardMetrics::totals() const {
  return {.connections_opened = value(connections_opened_),
          .connections_failed = sum(connections_failed_),
          .connections_aborted = sum(connections_aborted_),
          .connections_active = active_.load(std::memory_order_relaxed),
          .connections_waiting = waiting(),
          .received_bytes = received_bytes_.load(std::memory_order_relaxed),
          .sent_bytes = sent_bytes_.load(std::memory_order_relaxed),
          .reconnects = value(reconnects_)};
}

void ForwardMetrics::collect(FamilySet& families) const {
  const FamilySet::Label forward{"forward", traits_.name};
  const auto number = [](const Count& count) {
    return static_cast<double>(count.load(std::memory_order_relaxed));
  };
  families.counter("towline_received_bytes_total", "Payload bytes received from the SSH server.", {forward},
                   number(received_bytes_));
  families.counter("towline_sent_bytes_total", "Payload bytes sent to the SSH server.", {forward},
                   number(sent_bytes_));
  families.gauge("towline_connections_active", "Connections being forwarded now.", {forward},
                 number(active_));
  families.gauge(
      "towline_connections_waiting",
      "Connections that are not joined to their target yet: its answer, or a client's request, is due.",
      {forward}, static_cast<double>(waiting()));
  families.gauge("towline_connections_limit", "Connections allowed at a time, 0 for unlimited.", {forward},
                 static_cast<double>(traits_.max_connections));
  for (const ConnectPhase phase : all<ConnectPhase>()) {
    families.histogram("towline_ssh_connect_duration_seconds", "Time of successful attempts by phase.",
                       {forward, {"phase", to_string(phase)}},
                       connect_seconds_.at(static_cast<std::size_t>(phase)).collect());
  }
  families.histogram("towline_ssh_rtt_seconds", "Round trips of keepalives.", {forward},
                     round_trip_seconds_.collect());
  families.histogram("towline_connection_open_duration_seconds",
                     "Time from accept until both ends are joined.", {forward}, open_seconds_.collect());
  families.histogram("towline_connection_duration_seconds", "How long forwarded connections lasted.",
                     {forward}, lifetime_seconds_.collect());
  if (traits_.probed) probes_.collect(families, traits_.name);
}

}  // namespace towline::observe
