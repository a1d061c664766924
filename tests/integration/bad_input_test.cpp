#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class BadInput : public TunnelTest {
 protected:
  EchoServer target_;

  // What it printed, after it has ended with `code`.
  std::string output_when_ended(Environment environment, int code) {
    Towline towline(dir_, std::move(environment));
    EXPECT_EQ(towline.process().exit_code(5s), code) << towline.log();
    return towline.log();
  }
};

TEST_F(BadInput, a_key_the_server_does_not_know_is_named_with_the_methods_it_offers) {
  const auto stranger = make_key(dir_);
  auto variables = environment(Mode::remote, target_.port());
  variables["SSH_KEY_FILE"] = stranger.private_file;
  Towline towline(dir_, std::move(variables));
  const auto refused = [&] {
    return towline.metric("towline_ssh_connect_failures_total", {{"reason", "auth"}}) == 1;
  };
  ASSERT_TRUE(eventually(5s, refused));
  EXPECT_TRUE(towline.logged("ssh.auth_failed"));
  EXPECT_TRUE(towline.logged("publickey"));
  EXPECT_TRUE(towline.logged(stranger.fingerprint()));
  EXPECT_NE(towline.get("/readyz?verbose").body.find("reason=auth"), std::string::npos);
  // Servers lock out those who hammer: the next attempt is half a minute away.
  EXPECT_TRUE(throughout(1s, refused));
  EXPECT_TRUE(towline.process().running());
}

TEST_F(BadInput, a_missing_key_file_exits_with_66) {
  auto variables = environment(Mode::remote, target_.port());
  variables["SSH_KEY_FILE"] = dir_.path("no-such-key");
  EXPECT_NE(output_when_ended(std::move(variables), 66).find("no-such-key"), std::string::npos);
}

TEST_F(BadInput, every_wrong_variable_is_named_in_one_go_and_exits_with_78) {
  auto variables = environment(Mode::remote, target_.port());
  variables["SSH_REMOTE_PORT"] = "twenty-two";
  variables["SSH_MODE"] = "-Q";
  variables["TOWLINE_LOG_LEVEL"] = "loud";
  variables["TOWLINE_DRAIN_TIMOUT"] = "1s";
  const auto output = output_when_ended(std::move(variables), 78);
  for (const auto* name : {"SSH_REMOTE_PORT", "SSH_MODE", "TOWLINE_LOG_LEVEL", "TOWLINE_DRAIN_TIMOUT"})
    EXPECT_NE(output.find(name), std::string::npos) << name << " is not in\n" << output;
  EXPECT_NE(output.find("TOWLINE_DRAIN_TIMEOUT"), std::string::npos) << "no nearest name in\n" << output;
}

TEST_F(BadInput, an_admin_port_that_is_taken_exits_with_73) {
  auto variables = environment(Mode::remote, target_.port());
  variables["TOWLINE_ADMIN_LISTEN"] = "127.0.0.1:" + std::to_string(target_.port());
  const auto output = output_when_ended(std::move(variables), 73);
  EXPECT_NE(output.find(std::to_string(target_.port())), std::string::npos) << output;
}

TEST_F(BadInput, an_unknown_command_exits_with_64) {
  Towline towline(dir_, environment(Mode::remote, target_.port()), {"dance"});
  EXPECT_EQ(towline.process().exit_code(5s), 64);
}

TEST_F(BadInput, a_key_in_its_environment_is_never_printed) {
  auto variables = environment(Mode::remote, target_.port());
  variables["SSH_PASSWORD"] = "correct-horse";
  variables["TOWLINE_LOG_LEVEL"] = "loud";
  EXPECT_EQ(output_when_ended(std::move(variables), 78).find("correct-horse"), std::string::npos);
}

}  // namespace

}  // namespace towline::fixtures
