// A key exchange with ML-KEM, by a server that knows no other.
#include "integration/fixtures/tunnel.hpp"

#include <openssl/opensslv.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

constexpr auto ml_kem = "mlkem768x25519-sha256";

class PostQuantum : public TunnelModeTest {
 protected:
  void SetUp() override {
    if (OPENSSL_VERSION_NUMBER < 0x30500000L)
      GTEST_SKIP() << "needs ML-KEM, which OpenSSL has since 3.5, and this is " << OPENSSL_VERSION_TEXT;
    modern_.authorize(key_);
    modern_.start();
  }

  std::unique_ptr<Towline> start(std::uint16_t target_port, const std::string& options = {}) {
    auto variables = tunnel_environment(modern_, key_, GetParam(), entry_.number(), target_port);
    variables["SSH_OPTIONS"] = options;
    return TunnelModeTest::start(std::move(variables));
  }

  std::size_t key_exchanges() const {
    const auto text = modern_.log();
    std::size_t count = 0;
    const std::string line = std::string("kex: algorithm: ") + ml_kem;
    for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) ++count;
    return count;
  }

  Sshd modern_{dir_, KeyType::ed25519, {std::string("KexAlgorithms ") + ml_kem, "RekeyLimit 64K"}};
};

TEST_P(PostQuantum, is_agreed_on_and_renewed_every_64_kilobytes_of_two_way_traffic_without_a_loss) {
  constexpr std::uint64_t channels = 4;
  const auto share = scaled(64 * mebibyte) / channels / 2;
  SourceSink target;
  const auto towline = start(target.port());
  EXPECT_TRUE(towline->logged(std::string("kex=") + ml_kem));
  std::vector<Conversation> all;
  for (std::uint64_t i = 0; i < channels; ++i)
    all.push_back({.send_bytes = share + i, .receive_bytes = share - i, .seed = i});
  EXPECT_EQ(converse_all(entry_.number(), all, 300s), std::vector<std::string>{});
  EXPECT_GE(key_exchanges(), 50U);
  EXPECT_EQ(towline->metric("towline_ssh_disconnects_total"), 0);
  EXPECT_EQ(towline->metric("towline_ssh_session_info", {{"kex", ml_kem}}), 1);
  EXPECT_NE(towline->get("/statusz").body.find(std::string(R"("kex":")") + ml_kem), std::string::npos);
}

TEST_P(PostQuantum, can_be_all_that_is_asked_for) {
  EchoServer target;
  const auto towline = start(target.port(), std::string("-o KexAlgorithms=") + ml_kem);
  EXPECT_TRUE(echoes(entry_.number(), 5s));
}

INSTANTIATE_TEST_SUITE_P(Modes, PostQuantum, testing::Values(Mode::local, Mode::remote), mode_name);

// Where it is not available.
class NoPostQuantum : public TunnelTest {};

TEST_F(NoPostQuantum, asked_for_alone_keeps_towline_from_starting) {
  if (OPENSSL_VERSION_NUMBER >= 0x30500000L) GTEST_SKIP() << "it is available here: " << OPENSSL_VERSION_TEXT;
  EchoServer target;
  auto variables = environment(Mode::local, target.port());
  variables["SSH_OPTIONS"] = std::string("-o KexAlgorithms=") + ml_kem;
  Towline towline(dir_, variables);
  EXPECT_EQ(towline.process().exit_code(10s), 78);
  EXPECT_TRUE(towline.logged("mlkem768x25519-sha256 needs ML-KEM, which OpenSSL has since 3.5"))
      << towline.log();
}

}  // namespace

}  // namespace towline::fixtures
