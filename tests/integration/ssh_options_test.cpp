// SSH_OPTIONS in force against real servers.
#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class SshOptions : public TunnelTest {
 protected:
  Environment with(std::string options, std::uint16_t target_port) const {
    auto variables = environment(Mode::local, target_port);
    variables["SSH_OPTIONS"] = std::move(options);
    return variables;
  }
};

TEST_F(SshOptions, choose_the_algorithms) {
  EchoServer target;
  const auto towline = start(
      with("-o Ciphers=aes192-ctr -m hmac-sha2-512 -o 'KexAlgorithms ^ecdh-sha2-nistp384'", target.port()));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  for (const auto* word :
       {"cipher=aes192-ctr", "mac=hmac-sha2-512", "cipher_to_client=aes192-ctr",
        "mac_to_client=hmac-sha2-512", "kex=ecdh-sha2-nistp384", "host_key_algorithm=ssh-ed25519"}) {
    EXPECT_TRUE(towline->logged(word)) << word;
  }
}

TEST_F(SshOptions, with_a_broken_algorithm_keep_towline_from_starting) {
  EchoServer target;
  Towline towline(dir_, with("-o Ciphers=aes256-ctr,aes128-cbc", target.port()));
  EXPECT_EQ(towline.process().exit_code(10s), 78);
  EXPECT_TRUE(towline.logged("aes128-cbc"));
}

TEST_F(SshOptions, that_only_wish_for_a_broken_algorithm_do_without_it) {
  EchoServer target;
  const auto towline =
      start(with("-o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa", target.port()));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  EXPECT_TRUE(towline->logged("not available and left out: ssh-rsa"));
}

TEST_F(SshOptions, choose_the_address_to_come_from) {
  EchoServer target;
  const auto towline = start(with("-b 127.0.0.3", target.port()));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  EXPECT_NE(sshd_.log().find("Connection from 127.0.0.3"), std::string::npos);
}

TEST_F(SshOptions, carry_further_forwards_beside_the_main_one) {
  EchoServer target;
  FreePort second;
  const auto spec =
      "127.0.0.1:" + std::to_string(second.number()) + ":127.0.0.1:" + std::to_string(target.port());
  const auto towline = start(with("-NL " + spec, target.port()));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  EXPECT_TRUE(echoes(second.number(), 5s));
  EXPECT_EQ(towline->status("/readyz/L" + std::to_string(second.number())), 200);
}

TEST_F(SshOptions, name_jump_hosts_that_get_the_main_key) {
  EchoServer target;
  Sshd hop(dir_);
  hop.authorize(key_);
  hop.start();
  auto variables = with("-J " + hop.user() + "@127.0.0.1:" + std::to_string(hop.port()), target.port());
  append_file(sshd_.known_hosts_file(), read_file(hop.known_hosts_file()));
  const auto towline = start(std::move(variables));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  EXPECT_NE(hop.log().find("direct-tcpip"), std::string::npos);
}

TEST_F(SshOptions, from_a_compose_list_with_its_quotes_work_and_the_losers_are_named) {
  EchoServer target;
  const auto towline =
      start(with("\"-N -o StrictHostKeyChecking=no -o ConnectTimeout=9 -p 1\"", target.port()));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  for (const auto* words :
       {"quotation marks", "StrictHostKeyChecking=no (SSH_STRICT_HOST_KEY_CHECKING decides)",
        "-p 1 (SSH_REMOTE_PORT decides)", "without a meaning in towline: -N"}) {
    EXPECT_TRUE(towline->logged(words)) << words;
  }
}

TEST_F(SshOptions, that_are_not_honoured_keep_their_values_to_themselves) {
  EchoServer target;
  const FreePort control;
  auto variables = with("-o SetEnv=TOKEN=s3cret -o ConnectTimeout=9", target.port());
  variables["TOWLINE_CONTROL_LISTEN"] = "127.0.0.1:" + std::to_string(control.number());
  const auto towline = start(variables);
  constexpr auto shown = "-o SetEnv=*** -o ConnectTimeout=9";
  EXPECT_TRUE(towline->logged(shown)) << "the first line";
  EXPECT_FALSE(towline->has_logged("s3cret"));
  const auto configz = http_get(control.number(), "/configz", 5s).body;
  EXPECT_NE(configz.find(shown), std::string::npos) << configz;
  EXPECT_EQ(configz.find("s3cret"), std::string::npos);
  Towline printed(dir_, variables, {"config"});
  EXPECT_EQ(printed.process().exit_code(10s), 0);
  EXPECT_TRUE(printed.logged(shown));
  EXPECT_FALSE(printed.has_logged("s3cret"));
  variables["SSH_OPTIONS"] = "-o 'ProxyCommand connect s3cret'";
  Towline refused(dir_, variables);
  EXPECT_EQ(refused.process().exit_code(10s), 78);
  EXPECT_TRUE(refused.logged("ProxyCommand=***"));
  EXPECT_FALSE(refused.has_logged("s3cret"));
}

}  // namespace

}  // namespace towline::fixtures
