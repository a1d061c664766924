#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Rekey : public TunnelModeTest {
 protected:
  Rekey() : TunnelModeTest({"RekeyLimit 64K"}) {}

  std::size_t key_exchanges() const {
    const std::string line = "SSH2_MSG_NEWKEYS received";
    const auto text = sshd_.log();
    std::size_t count = 0;
    for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) ++count;
    return count;
  }
};

TEST_P(Rekey, every_64_kilobytes_of_two_way_traffic_loses_nothing) {
  constexpr SocketBuffers tiny{.send_bytes = 8 * 1024, .receive_bytes = 8 * 1024};
  constexpr std::uint64_t channels = 20;
  const auto share = scaled(gibibyte) / channels / 2;
  SourceSink target(tiny);
  const auto towline = start(environment(GetParam(), target.port()));
  std::vector<Conversation> all;
  for (std::uint64_t i = 0; i < channels; ++i)
    all.push_back({.send_bytes = share + i, .receive_bytes = share - i, .seed = i, .buffers = tiny});
  EXPECT_EQ(converse_all(entry_.number(), all, 560s), std::vector<std::string>{});
  EXPECT_GE(key_exchanges(), 50U);
  EXPECT_EQ(towline->metric("towline_ssh_disconnects_total"), 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, Rekey, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
