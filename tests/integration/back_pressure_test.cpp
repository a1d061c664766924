#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class BackPressure : public TunnelModeTest {};

// Both channels' windows: each may have grown to the largest, the slow reader's too while the kernel's
// buffers still took its bytes on a busy machine; and a twentieth for what the allocator adds.
constexpr std::int64_t window_max = 8 * 1024 * 1024;
constexpr std::int64_t resident_growth_max = 2 * window_max * 21 / 20;

TEST_P(BackPressure, a_reader_that_reads_nothing_costs_its_window_and_slows_no_one) {
  SourceSink target;
  const auto towline = start(environment(GetParam(), target.port()));
  const Conversation big{.send_bytes = 0, .receive_bytes = scaled(500 * mebibyte)};
  // The first run warms up what grows once: buffers, code pages, the allocator.
  ASSERT_EQ(converse(entry_.number(), big, 120s).problem, "");
  const auto alone = converse(entry_.number(), big, 120s);
  ASSERT_EQ(alone.problem, "");

  const auto pid = towline->process().pid();
  const auto before = resident_bytes(pid);
  auto slow = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(slow && slow->send_all(request_for({.receive_bytes = gibibyte}), 5s));
  Verdict beside;
  std::atomic<bool> finished = false;
  std::thread fast([&] {
    beside = converse(entry_.number(), big, 120s);
    finished = true;
  });
  std::int64_t highest = 0;
  const auto watch = [&] { highest = std::max(highest, resident_bytes(pid)); };
  eventually(130s, [&] {
    watch();
    return finished.load();
  });
  fast.join();
  // It is the slow one's turn alone: what does not hold would take in as much again.
  const auto more = std::max<Milliseconds>(alone.took, 1s);
  throughout(more, [&] {
    watch();
    return highest > 0;
  });

  EXPECT_EQ(beside.problem, "");
  EXPECT_LT(beside.took, alone.took * 3 + 1s) << "alone it took " << alone.took.count() << " ms";
  if (!product().instrumented) {
    EXPECT_LE(highest - before, resident_growth_max);
  }
  EXPECT_EQ(slow->receive(mebibyte, 10s).size(), mebibyte) << "the slow reader's bytes are gone";
}

TEST_P(BackPressure, a_target_that_reads_nothing_stops_the_sender) {
  std::atomic<bool> finished = false;
  TcpServer stuck([&](Socket& socket) {
    eventually(30s, [&] { return finished.load(); });
    socket.reset_on_close();
  });
  const auto towline = start(environment(GetParam(), stuck.port()));
  const auto before = resident_bytes(towline->process().pid());
  auto sender = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(sender);
  std::uint64_t taken = 0;
  const std::string piece(mebibyte, 'x');
  while (taken < 256 * mebibyte && sender->send_all(piece, 1s)) taken += piece.size();
  EXPECT_LT(taken, 256 * mebibyte) << "all were taken from it";
  if (!product().instrumented) {
    EXPECT_LE(resident_bytes(towline->process().pid()) - before, resident_growth_max);
  }
  finished = true;
}

INSTANTIATE_TEST_SUITE_P(Modes, BackPressure, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
