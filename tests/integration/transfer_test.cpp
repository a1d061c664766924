#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Transfer : public TunnelModeTest {};

TEST_P(Transfer, a_gigabyte_each_way_through_one_connection_arrives_unchanged) {
  SourceSink target;
  const auto towline = start(environment(GetParam(), target.port()));
  const Conversation both_ways{.send_bytes = scaled(gibibyte), .receive_bytes = scaled(gibibyte)};
  EXPECT_EQ(converse(entry_.number(), both_ways, 200s).problem, "");
}

TEST_P(Transfer, two_hundred_connections_at_once_keep_their_bytes_apart) {
  SourceSink target;
  const auto towline = start(environment(GetParam(), target.port()));
  std::vector<Conversation> all;
  // From nothing and one byte to some megabytes, in no relation to any packet or window size.
  for (std::uint64_t i = 0; i < 200; ++i)
    all.push_back({.send_bytes = i * i * 61 / (i % 7 + 1),
                   .receive_bytes = (199 - i) * 12'347 / (i % 5 + 1),
                   .seed = i});
  EXPECT_EQ(converse_all(entry_.number(), all, 120s), std::vector<std::string>{});
  EXPECT_EQ(target.accepted(), 200);
}

TEST_P(Transfer, counts_the_connections_and_bytes_it_carried) {
  SourceSink target;
  const auto towline = start(environment(GetParam(), target.port()));
  const Conversation talk{.send_bytes = 1'000'000, .receive_bytes = 3'000'000};
  ASSERT_EQ(converse(entry_.number(), talk, 20s).problem, "");
  const auto settled = [&] {
    return towline->metric("towline_connections_active", {{"forward", "main"}}) == 0;
  };
  EXPECT_TRUE(eventually(5s, settled));
  EXPECT_EQ(towline->metric("towline_connections_opened_total"), 1);
  // Sent and received as seen towards the SSH server: the other way round for -R.
  const bool local = GetParam() == Mode::local;
  EXPECT_GE(towline->metric(local ? "towline_sent_bytes_total" : "towline_received_bytes_total"), 1'000'000);
  EXPECT_GE(towline->metric(local ? "towline_received_bytes_total" : "towline_sent_bytes_total"), 3'000'000);
}

TEST_P(Transfer, a_reset_of_one_connection_leaves_the_others_alone) {
  SourceSink target;
  const auto towline = start(environment(GetParam(), target.port()));
  auto doomed = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(doomed && doomed->send_all(request_for({.receive_bytes = gibibyte}), 5s));
  ASSERT_EQ(doomed->receive(1000, 5s).size(), 1000U);
  doomed->reset_on_close();
  doomed->close();
  const Conversation talk{.send_bytes = mebibyte, .receive_bytes = mebibyte};
  EXPECT_EQ(converse(entry_.number(), talk, 20s).problem, "");
  const auto settled = [&] {
    return towline->metric("towline_connections_active", {{"forward", "main"}}) == 0;
  };
  EXPECT_TRUE(eventually(5s, settled));
}

INSTANTIATE_TEST_SUITE_P(Modes, Transfer, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
