#include "ssh/connection/in_flight.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace towline::ssh::connection {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// A peer at the other end of a path: it reads so many bytes per second, and tells after each `step` of them.
struct Peer {
  std::string name;
  double rate = 0;  // bytes per second
  nanoseconds round_trip{};
  std::uint32_t step = 0;
};

void PrintTo(const Peer& peer, std::ostream* out) { *out << peer.name; }

constexpr std::uint32_t window = 2 * 1024 * 1024;
constexpr std::uint32_t packet = 32 * 1024;

// What came of a transfer: how much of the time the peer had something to read, and the most that waited for
// it.
struct Seen {
  double busy = 0;
  std::uint64_t queued_max = 0;
};

// Two seconds of sending whatever may be sent; the first, with the first window, is not counted.
Seen transfer(const Peer& peer) {
  const nanoseconds tick = std::max<nanoseconds>(20us, peer.round_trip / 100);
  InFlight flight;
  Seen seen;
  std::uint64_t sent = 0, left = window;
  double arrived = 0, consumed = 0;
  std::uint64_t told = 0;
  std::vector<std::pair<nanoseconds, std::uint64_t>> data, adjusts;  // when it arrives, and how much
  std::size_t data_at = 0, adjust_at = 0;
  int busy = 0, ticks = 0;
  const auto zero = std::chrono::steady_clock::time_point{1h};
  for (nanoseconds now{}; now < 2s; now += tick) {
    for (; adjust_at < adjusts.size() && adjusts[adjust_at].first <= now; ++adjust_at) {
      const auto n = static_cast<std::uint32_t>(adjusts[adjust_at].second);
      left += n;
      flight.adjusted(n, {.now = zero + now, .round_trip = peer.round_trip});
    }
    while (std::min<std::uint64_t>(left, flight.room()) >= packet) {
      flight.sent(packet);
      left -= packet;
      sent += packet;
      data.emplace_back(now + peer.round_trip / 2, packet);
    }
    if (left >= packet) flight.held_back();
    for (; data_at < data.size() && data[data_at].first <= now; ++data_at)
      arrived += static_cast<double>(data[data_at].second);
    const double most = peer.rate * std::chrono::duration<double>(tick).count();
    const double waiting = arrived - consumed;
    const double reads = std::min(most, waiting);
    consumed += reads;
    if (now > 1s) {
      ++ticks;
      busy += waiting >= most;
      seen.queued_max = std::max(seen.queued_max, static_cast<std::uint64_t>(waiting));
    }
    if (consumed - static_cast<double>(told) >= peer.step) {
      const auto n = static_cast<std::uint64_t>(consumed) - told;
      told += n;
      adjusts.emplace_back(now + peer.round_trip / 2, n);
    }
  }
  seen.busy = static_cast<double>(busy) / ticks;
  return seen;
}

class InFlightPeer : public testing::TestWithParam<Peer> {};

TEST_P(InFlightPeer, is_kept_busy_without_a_queue_of_megabytes) {
  const auto& peer = GetParam();
  const auto seen = transfer(peer);
  EXPECT_GE(seen.busy, 0.98);
  const auto path =
      peer.rate * std::chrono::duration<double>(std::max<nanoseconds>(3 * peer.round_trip, 500us)).count();
  EXPECT_LE(static_cast<double>(seen.queued_max), peer.step + 1.3 * std::max(path, 64.0 * 1024));
}

INSTANTIATE_TEST_SUITE_P(Of, InFlightPeer,
                         testing::Values(Peer{"loopback", 1e9, 50us, 3 * packet},
                                         Peer{"loopback_half_windows", 1e9, 50us, window / 2},
                                         Peer{"lan", 110e6, 300us, 3 * packet},
                                         Peer{"every_packet", 110e6, 300us, packet},
                                         Peer{"adsl", 2.5e6, 20ms, 3 * packet},
                                         Peer{"cable", 12.5e6, 20ms, 3 * packet},
                                         Peer{"far", 30e6, 50ms, 3 * packet}),
                         [](const auto& info) { return info.param.name; });

constexpr std::chrono::steady_clock::time_point start{1h};

TEST(InFlight, nothing_is_held_back_before_the_peer_has_told_how_fast_it_reads) {
  InFlight flight;
  flight.sent(window);
  EXPECT_GT(flight.room(), window);
  flight.adjusted(packet, {.now = start, .round_trip = 1ms});
  EXPECT_GT(flight.room(), window);
}

TEST(InFlight, nothing_is_held_back_on_a_path_that_is_not_known) {
  InFlight flight;
  for (int i = 0; i < 100; ++i) {
    flight.sent(packet);
    flight.adjusted(packet, {.now = start + i * 1ms, .round_trip = {}});
  }
  EXPECT_GT(flight.room(), window);
}

TEST(InFlight, a_peer_that_tells_no_more_is_sent_the_whole_window) {
  InFlight flight;
  for (int i = 0; i < 100; ++i) {
    flight.sent(packet);
    flight.adjusted(packet, {.now = start + i * 1ms, .round_trip = 1ms});
  }
  flight.sent(window);
  ASSERT_EQ(flight.room(), 0U);
  flight.lift();
  EXPECT_GT(flight.room(), window);
}

TEST(InFlight, a_pause_of_the_sender_is_no_slow_peer) {
  InFlight flight;
  for (int i = 0; i < 100; ++i) {
    flight.sent(packet);
    flight.adjusted(packet, {.now = start + i * 1ms, .round_trip = 1ms});
  }
  const auto room = flight.room();
  flight.sent(packet);
  flight.adjusted(packet, {.now = start + 1h, .round_trip = 1ms});
  EXPECT_EQ(flight.room(), room);
}

TEST(InFlight, a_peer_that_becomes_slower_is_sent_less) {
  InFlight flight;
  auto now = start;
  const auto rounds = [&](int n, nanoseconds each) {
    for (int i = 0; i < n; ++i) {
      flight.sent(packet);
      flight.held_back();
      flight.adjusted(packet, {.now = now += each, .round_trip = 1ms});
    }
  };
  rounds(1000, 100us);
  const auto before = flight.room();
  rounds(1000, 1ms);
  EXPECT_LT(flight.room(), before / 2);
}

TEST(InFlight, a_peer_that_grants_more_than_it_has_read_is_taken_at_its_word) {
  InFlight flight;
  flight.sent(packet);
  flight.adjusted(4 * packet, {.now = start, .round_trip = 1ms});
  flight.adjusted(4 * packet, {.now = start + 1s, .round_trip = 1ms});
  EXPECT_GE(flight.room(), 4 * packet);
}

}  // namespace
}  // namespace towline::ssh::connection
