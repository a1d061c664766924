#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class ServerHostKey : public TunnelTest {};

TEST_F(ServerHostKey, that_changed_is_never_accepted_and_both_are_named) {
  EchoServer target;
  const auto expected = sshd_.host_key().fingerprint();
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  const auto offered = sshd_.host_key().fingerprint();
  Towline towline(dir_, environment(Mode::remote, target.port()));
  const auto refused = [&] {
    return towline.metric("towline_ssh_connect_failures_total", {{"reason", "host_key"}}) >= 1;
  };
  ASSERT_TRUE(eventually(5s, refused));
  EXPECT_TRUE(throughout(1s, [&] { return towline.status("/readyz") == 503; }));
  EXPECT_TRUE(towline.logged(expected)) << "the expected key " << expected << " is not named";
  EXPECT_TRUE(towline.logged(offered)) << "the offered key " << offered << " is not named";
  EXPECT_NE(towline.get("/readyz?verbose").body.find("reason=host_key"), std::string::npos);
  EXPECT_EQ(sshd_.log().find("userauth-request"), std::string::npos) << "it went on to authenticate";
}

TEST_F(ServerHostKey, is_kept_for_the_life_of_the_process_when_there_is_no_known_hosts_file) {
  EchoServer target;
  auto variables = environment(Mode::remote, target.port());
  variables.erase("SSH_KNOWN_HOSTS_FILE");
  const auto towline = start(std::move(variables));
  EXPECT_EQ(towline->metric("towline_forward_host_key_verified"), 0);
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  const auto refused = [&] {
    return towline->metric("towline_ssh_connect_failures_total", {{"reason", "host_key"}}) >= 1;
  };
  EXPECT_TRUE(eventually(10s, refused));
  EXPECT_FALSE(towline->ready());
}

TEST_F(ServerHostKey, is_verified_by_a_pin_alone_and_refused_when_it_is_another) {
  EchoServer target;
  auto variables = environment(Mode::local, target.port());
  variables.erase("SSH_KNOWN_HOSTS_FILE");
  variables["SSH_HOST_KEY_FINGERPRINT"] = sshd_.host_key().fingerprint();
  const auto towline = start(std::move(variables));
  EXPECT_EQ(towline->metric("towline_forward_host_key_verified"), 1);
  EXPECT_TRUE(towline->logged("verified_by=pin"));
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  const auto refused = [&] {
    return towline->metric("towline_ssh_connect_failures_total", {{"reason", "host_key"}}) >= 1;
  };
  EXPECT_TRUE(eventually(10s, refused));
  EXPECT_TRUE(towline->logged("(pinned)"));
}

TEST_F(ServerHostKey, may_be_given_inline) {
  EchoServer target;
  auto variables = environment(Mode::local, target.port());
  variables.erase("SSH_KNOWN_HOSTS_FILE");
  variables["SSH_KNOWN_HOSTS"] = read_file(sshd_.known_hosts_file());
  const auto towline = start(std::move(variables));
  EXPECT_EQ(towline->metric("towline_forward_host_key_verified"), 1);
  EXPECT_TRUE(towline->logged("place=SSH_KNOWN_HOSTS:1"));
}

TEST_F(ServerHostKey, accepted_on_first_use_is_remembered_by_the_next_process) {
  EchoServer target;
  auto variables = environment(Mode::local, target.port());
  variables.erase("SSH_KNOWN_HOSTS_FILE");
  variables["TOWLINE_STATE_DIR"] = std::filesystem::path(sshd_.known_hosts_file()).parent_path().string();
  {
    const auto towline = start(variables);
    EXPECT_TRUE(towline->logged("accepted on first use; any other key"));
  }
  {
    const auto towline = start(variables);
    EXPECT_TRUE(towline->logged("host key matches the one accepted on first use"));
    EXPECT_EQ(towline->metric("towline_forward_host_key_verified"), 0);
  }
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  const Towline towline(dir_, variables);
  const auto refused = [&] {
    return towline.metric("towline_ssh_connect_failures_total", {{"reason", "host_key"}}) >= 1;
  };
  EXPECT_TRUE(eventually(10s, refused));
  EXPECT_FALSE(towline.ready());
}

TEST_F(ServerHostKey, is_not_checked_with_dev_null_and_every_connect_says_so) {
  EchoServer target;
  auto variables = environment(Mode::remote, target.port());
  variables["SSH_KNOWN_HOSTS_FILE"] = "/dev/null";
  const auto towline = start(std::move(variables));
  EXPECT_EQ(towline->metric("towline_forward_host_key_verified"), 0);
  EXPECT_GE(towline->metric("towline_log_messages_total", {{"level", "warn"}}), 1);
}

}  // namespace

}  // namespace towline::fixtures
