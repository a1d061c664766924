// What a server says before and during the login: heard however long it is, and told once, in few words.
#include "integration/fixtures/hints.hpp"

#include <algorithm>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class PeerWords : public Hints {
 protected:
  std::string turned_away_with(const std::string& line, const Told& told) {
    const TcpServer server([line](Socket& socket) { socket.send_all(line, 5s); });
    return at_port(server.port(), told);
  }
};

TEST_F(PeerWords, before_its_identification_say_why_it_turns_us_away) {
  EXPECT_EQ(
      turned_away_with("Exceeded MaxStartups\r\n",
                       no_session("banner", {"said \\\"Exceeded MaxStartups\\\""}, {"raise MaxStartups"})),
      "");
  EXPECT_EQ(turned_away_with("Not allowed at this time\r\n",
                             no_session("banner", {"Not allowed at this time"}, {"PerSourcePenalties"})),
            "");
  EXPECT_EQ(turned_away_with("HTTP/1.1 400 Bad Request\r\n\r\n",
                             no_session("banner", {"HTTP/1.1 400 Bad Request"}, {"is an SSH server"})),
            "");
}

TEST_F(PeerWords, as_long_as_sshd_sends_them_do_not_keep_us_out) {
  const auto banner = dir_.path("banner");
  std::string text;
  while (text.size() < 250'000) text += std::string(76, 'B') + "\n";
  write_file(banner, text);
  for (const auto* cipher : {"aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"}) {
    for (const auto* mac : {"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512"}) {
      Sshd server(dir_, KeyType::ed25519,
                  {"Banner " + banner, "Ciphers " + std::string(cipher), "MACs " + std::string(mac)});
      server.authorize(key_);
      server.start();
      auto variables = TunnelTest::environment(Mode::local, target_.port());
      variables["SSH_REMOTE_PORT"] = std::to_string(server.port());
      variables["SSH_KNOWN_HOSTS_FILE"] = server.known_hosts_file();
      const Towline towline(dir_, variables);
      ASSERT_TRUE(towline.ready_within(30s)) << cipher << ' ' << mac << '\n' << towline.log();
      EXPECT_TRUE(towline.logged("ssh.banner")) << towline.log();
      EXPECT_LE(std::ranges::count(towline.log(), 'B'), 300)
          << "of each server's text 256 characters are told, once";
    }
  }
}

TEST_F(PeerWords, stand_in_the_failure_of_a_key_that_is_refused) {
  const auto banner = dir_.path("banner");
  write_file(banner, "Keys are renewed on Mondays\n");
  Sshd server(dir_, KeyType::ed25519, {"Banner " + banner});
  server.start();
  EXPECT_EQ(without({{"SSH_REMOTE_PORT", std::to_string(server.port())},
                     {"SSH_KNOWN_HOSTS_FILE", server.known_hosts_file()}},
                    no_session("auth", {"said \\\"Keys are renewed on Mondays\\\""}, {"authorized_keys"},
                               "ssh.auth_failed")),
            "");
}

}  // namespace

}  // namespace towline::fixtures
