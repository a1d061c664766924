// What happens to one forward and to the SSH session that carries it, counted.
#pragma once

#include "observe/count.hpp"
#include "observe/facts.hpp"
#include "observe/histogram.hpp"
#include "observe/probe_metrics.hpp"
#include "observe/reasons.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace towline::observe {

class FamilySet;

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

  explicit ForwardMetrics(const ForwardTraits& traits) : traits_(traits) {}
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

  // Without series unless the traits say that it is published.
  void publish_failed(PublishFailure reason) { publish_failures_.add(reason); }

  // A connection has a place of the forward, from its first moment to its last: it waits while it is not
  // joined.
  void place_taken() { places_.add(); }
  void place_left() { places_.subtract(); }

  // Connections: each ends in failed, or in opened and later closed or aborted.
  void connection_opened(Duration since_accept);  // both ends are joined
  void connection_failed(ConnectionFailure reason);
  void connection_closed(Duration lifetime);
  void connection_aborted(ConnectionAborted reason, Duration lifetime);

  // Payload from and to the SSH server; called per packet, one relaxed add.
  void bytes_received(std::uint64_t n) { received_bytes_.add(n); }
  void bytes_sent(std::uint64_t n) { sent_bytes_.add(n); }

  // A connection was paused this long because a window or a socket was full.
  void backpressured(Duration paused);

  // Probes through the forward; without series unless the traits say that it is probed.
  ProbeMetrics& probes() { return probes_; }

  ForwardTotals totals() const;

  const std::string& name() const { return traits_.name; }

 private:
  friend class Metrics;

  void collect(FamilySet& families) const;
  std::uint64_t waiting() const;

  ForwardTraits traits_;

  Count connect_attempts_;
  Count reconnects_;
  Count keepalives_sent_;
  Count keepalives_missed_;
  Count setup_attempts_;
  Count connections_opened_;
  Count backpressure_nanoseconds_;
  CountPer<ConnectFailure> connect_failures_;
  CountPer<Disconnect> disconnects_;
  CountPer<SetupFailure> setup_failures_;
  CountPer<PublishFailure> publish_failures_;
  CountPer<ConnectionFailure> connections_failed_;
  CountPer<ConnectionAborted> connections_aborted_;
  Count received_bytes_;
  Count sent_bytes_;
  Count active_;
  Count places_;

  std::array<Histogram, names<ConnectPhase>.size()> connect_seconds_{
      Histogram(connect_seconds_bounds), Histogram(connect_seconds_bounds), Histogram(connect_seconds_bounds),
      Histogram(connect_seconds_bounds), Histogram(connect_seconds_bounds)};
  Histogram round_trip_seconds_{round_trip_seconds_bounds};
  Histogram open_seconds_{round_trip_seconds_bounds};
  Histogram lifetime_seconds_{lifetime_seconds_bounds};
  ProbeMetrics probes_;

  std::atomic<bool> was_up_{false};
};

}  // namespace towline::observe
