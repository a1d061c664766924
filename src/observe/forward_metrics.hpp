// What happens to one forward and to the SSH session that carries it, counted.
#pragma once

#include "observe/facts.hpp"
#include "observe/histogram.hpp"
#include "observe/probe_metrics.hpp"
#include "observe/reasons.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace towline::observe {

class FamilySet;

// One counter for each reason of a closed set, all there at zero from the start.
template <Labelled E>
using CounterPerReason = std::array<prometheus::Counter*, names<E>.size()>;

// The time a successful attempt took, phase by phase.
struct ConnectDurations {
  Steady::duration dns{};
  Steady::duration tcp{};
  Steady::duration handshake{};  // banner and key exchange
  Steady::duration auth{};
};

struct ForwardTotals {
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_failed = 0;
  std::uint64_t connections_aborted = 0;
  std::uint64_t connections_active = 0;
  std::uint64_t connections_waiting = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t reconnects = 0;

  ForwardTotals& operator+=(const ForwardTotals& other);
};

// Thread-safe, lock-free; no verb allocates. What is true at a moment (state, bound port, last byte) is
// published on the Board instead.
class ForwardMetrics {
 public:
  using Duration = Steady::duration;

  ForwardMetrics(prometheus::Registry& registry, const ForwardTraits& traits);
  ForwardMetrics(const ForwardMetrics&) = delete;
  ForwardMetrics& operator=(const ForwardMetrics&) = delete;

  // The SSH session. A session that carries several forwards tells each of them.
  void connect_attempted();
  void connect_failed(ConnectFailure reason);
  void session_up(const ConnectDurations& took);  // counts a reconnect from the second time on
  void session_ended(Disconnect reason);
  void keepalive_sent();
  void keepalive_missed();
  void round_trip(Duration took);

  // The listener, here or on the server.
  void setup_attempted();
  void setup_succeeded(Duration took);
  void setup_failed(SetupFailure reason);

  // A connection has a place of the forward, from its first moment to its last: it waits while it is not
  // joined.
  void place_taken() { places_.fetch_add(1, std::memory_order_relaxed); }
  void place_left() { places_.fetch_sub(1, std::memory_order_relaxed); }

  // Connections: each ends in failed, or in opened and later closed or aborted.
  void connection_opened(Duration since_accept);  // both ends are joined
  void connection_failed(ConnectionFailure reason);
  void connection_closed(Duration lifetime);
  void connection_aborted(ConnectionAborted reason, Duration lifetime);

  // Payload from and to the SSH server; called per packet, one relaxed add.
  void bytes_received(std::uint64_t n) { received_bytes_.fetch_add(n, std::memory_order_relaxed); }
  void bytes_sent(std::uint64_t n) { sent_bytes_.fetch_add(n, std::memory_order_relaxed); }

  // A connection was paused this long because a window or a socket was full.
  void backpressured(Duration paused);

  // Probes through the forward; without series unless the traits say that it is probed.
  ProbeMetrics& probes() { return probes_; }

  ForwardTotals totals() const;

  const std::string& name() const { return traits_.name; }

 private:
  friend class Metrics;

  // The series that prometheus-cpp does not hold.
  void collect(FamilySet& families) const;
  std::uint64_t waiting() const;

  using Count = std::atomic<std::uint64_t>;

  ForwardTraits traits_;

  prometheus::Counter& connect_attempts_;
  prometheus::Counter& reconnects_;
  prometheus::Counter& keepalives_sent_;
  prometheus::Counter& keepalives_missed_;
  prometheus::Counter& setup_attempts_;
  prometheus::Counter& connections_opened_;
  prometheus::Counter& backpressure_seconds_;
  CounterPerReason<ConnectFailure> connect_failures_;
  CounterPerReason<Disconnect> disconnects_;
  CounterPerReason<SetupFailure> setup_failures_;
  CounterPerReason<ConnectionFailure> connections_failed_;
  CounterPerReason<ConnectionAborted> connections_aborted_;

  std::array<Histogram, names<ConnectPhase>.size()> connect_seconds_;
  Histogram round_trip_seconds_{round_trip_seconds_bounds};
  Histogram open_seconds_{round_trip_seconds_bounds};
  Histogram lifetime_seconds_{lifetime_seconds_bounds};
  ProbeMetrics probes_;

  Count received_bytes_{0};
  Count sent_bytes_{0};
  Count active_{0};
  Count places_{0};
  std::atomic<bool> was_up_{false};
};

}  // namespace towline::observe
