// The fixtures against OpenSSH's own client: what fails here says nothing about towline.
#include "integration/fixtures/openssh_client.hpp"
#include "integration/fixtures/tunnel.hpp"

#include <filesystem>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Fixtures : public TunnelModeTest {
 protected:
  std::vector<std::string> forward(std::uint16_t target) const {
    const auto spec = "127.0.0.1:" + std::to_string(entry_.number()) + ":127.0.0.1:" + std::to_string(target);
    return {GetParam() == Mode::local ? "-L" : "-R", spec};
  }
};

TEST_P(Fixtures, carry_verified_bytes_both_ways_through_openssh) {
  SourceSink target;
  OpensshClient ssh(dir_, sshd_, key_, forward(target.port()));
  ASSERT_TRUE(eventually(5s, [&] { return Socket::connect(entry_.number(), 1s).has_value(); }));
  std::vector<Conversation> all;
  for (std::uint64_t i = 0; i < 20; ++i)
    all.push_back({.send_bytes = i * 100'003, .receive_bytes = 4'000'000 - i * 99'991, .seed = i});
  EXPECT_EQ(converse_all(entry_.number(), all, 30s), std::vector<std::string>{});
}

TEST_P(Fixtures, see_half_close_through_openssh) {
  SourceSink target;
  OpensshClient ssh(dir_, sshd_, key_, forward(target.port()));
  ASSERT_TRUE(eventually(5s, [&] { return Socket::connect(entry_.number(), 1s).has_value(); }));
  const Conversation late{.send_bytes = 1000, .receive_bytes = 10 * mebibyte, .answer_after_eof = true};
  EXPECT_EQ(converse(entry_.number(), late, 20s).problem, "");
}

TEST_P(Fixtures, end_the_client_by_killing_its_session) {
  EchoServer target;
  OpensshClient ssh(dir_, sshd_, key_, forward(target.port()));
  ASSERT_TRUE(eventually(5s, [&] { return echoes(entry_.number(), 1s); }));
  sshd_.kill_sessions();
  EXPECT_EQ(ssh.process().exit_code(5s), 255);
}

TEST_P(Fixtures, stop_and_continue_the_server_without_breaking_tcp) {
  EchoServer target;
  OpensshClient ssh(dir_, sshd_, key_, forward(target.port()));
  ASSERT_TRUE(eventually(5s, [&] { return echoes(entry_.number(), 1s); }));
  sshd_.freeze();
  EXPECT_TRUE(throughout(300ms, [&] { return !echoes(entry_.number(), 50ms); }));
  sshd_.thaw();
  EXPECT_TRUE(eventually(5s, [&] { return echoes(entry_.number(), 1s); }));
  EXPECT_TRUE(ssh.process().running());
}

INSTANTIATE_TEST_SUITE_P(Modes, Fixtures, testing::Values(Mode::local, Mode::remote), mode_name);

class DropbearFixture : public testing::TestWithParam<KeyType> {};

TEST_P(DropbearFixture, carries_verified_bytes_through_openssh) {
  if (!Dropbear::available()) GTEST_SKIP() << "needs root and /usr/sbin/dropbear";
  TempDir dir;
  const auto key = make_key(dir);
  Dropbear server(dir, GetParam());
  server.authorize(key);
  server.start();
  SourceSink target;
  FreePort entry;
  const auto spec = std::to_string(entry.number()) + ":127.0.0.1:" + std::to_string(target.port());
  OpensshClient ssh(dir, server, key, {"-L", spec});
  const Conversation talk{.send_bytes = 3 * mebibyte, .receive_bytes = 5 * mebibyte};
  ASSERT_TRUE(eventually(5s, [&] { return Socket::connect(entry.number(), 1s).has_value(); }));
  EXPECT_EQ(converse(entry.number(), talk, 20s).problem, "");
}

INSTANTIATE_TEST_SUITE_P(HostKeys, DropbearFixture,
                         testing::Values(KeyType::ed25519, KeyType::ecdsa, KeyType::rsa_4096),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST(FixtureKeys, differ_in_one_folder_whether_they_are_made_or_kept) {
  TempDir dir;
  for (const auto type : {KeyType::ed25519, KeyType::ecdsa, KeyType::rsa_4096}) {
    const auto one = make_key(dir, type);
    const auto other = make_key(dir, type);
    EXPECT_NE(one.private_file, other.private_file);
    EXPECT_NE(one.public_line, other.public_line);
    EXPECT_EQ(std::filesystem::status(one.private_file).permissions(), std::filesystem::perms(0600));
    for (const auto& key : {one, other}) {
      const auto derived = output_of({"/usr/bin/ssh-keygen", "-y", "-f", key.private_file});
      EXPECT_TRUE(derived.starts_with(key.public_line)) << to_string(type);
    }
  }
}

TEST(FixtureKeys, that_are_kept_are_the_same_in_every_folder) {
  TempDir here;
  TempDir there;
  EXPECT_EQ(make_key(here, KeyType::rsa_4096).public_line, make_key(there, KeyType::rsa_4096).public_line);
}

TEST(FixtureSshd, restarts_on_the_same_port_after_all_of_it_was_killed) {
  TempDir dir;
  Sshd sshd(dir);
  sshd.start();
  sshd.kill_all();
  EXPECT_FALSE(Socket::connect(sshd.port(), 100ms).has_value());
  sshd.start();
  EXPECT_TRUE(Socket::connect(sshd.port(), 100ms).has_value());
}

TEST(FixtureWebServer, serves_a_file_and_refuses_what_is_not_there) {
  TempDir dir;
  write_file(dir.path("page"), "hello");
  WebServer server(dir.path(""));
  EXPECT_EQ(http_get(server.port(), "/page", 1s).body, "hello");
  EXPECT_EQ(http_get(server.port(), "/nothing", 1s).status, 404);
}

TEST(FixtureConversation, reports_a_target_that_breaks_off) {
  TcpServer breaks([](Socket& socket) { socket.reset_on_close(); });
  const Conversation talk{.send_bytes = mebibyte, .receive_bytes = mebibyte};
  EXPECT_NE(converse(breaks.port(), talk, 5s).problem, "");
}

TEST(FixtureConversation, reports_wrong_bytes) {
  TcpServer zeros([](Socket& socket) {
    socket.send_all(std::string(1000, '\0'), 1s);
    socket.shutdown_write();
    socket.receive(mebibyte, 5s);
  });
  const Conversation talk{.send_bytes = 10, .receive_bytes = 1000};
  EXPECT_EQ(converse(zeros.port(), talk, 5s).problem, "the answer has wrong bytes");
}

TEST(FixtureExposition, finds_a_series_by_name_and_labels_in_any_order) {
  const std::string text =
      "# HELP a_total x\na_total{forward=\"main\",reason=\"dns\"} "
      "2\na_total{forward=\"main\",reason=\"auth\"} 3\n"
      "a_total_b 9\nplain 4.5\n";
  EXPECT_EQ(sample(text, "a_total", {{"reason", "auth"}, {"forward", "main"}}), 3);
  EXPECT_EQ(sample(text, "a_total", {{"forward", "main"}}), 5);
  EXPECT_EQ(sample(text, "plain"), 4.5);
  EXPECT_EQ(sample(text, "a_total", {{"reason", "kex"}}), std::nullopt);
}

TEST(SanitizerReport, begins_where_a_sanitizer_begins_to_speak) {
  const std::string before = "12:00 info started\n";
  const std::string race = "WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 8\n";
  const std::string overflow = "/src/net/listen.cpp:7:3: runtime error: signed integer overflow\n";
  EXPECT_EQ(sanitizer_report(before + race), race);
  EXPECT_EQ(sanitizer_report(before + overflow), overflow);
  EXPECT_EQ(sanitizer_report(before + "==7==ERROR: AddressSanitizer: x\n"),
            "==7==ERROR: AddressSanitizer: x\n");
  EXPECT_EQ(sanitizer_report("==7==ERROR: LeakSanitizer: x\n"), "==7==ERROR: LeakSanitizer: x\n");
}

TEST(SanitizerReport, is_empty_for_what_towline_says_itself) {
  EXPECT_EQ(sanitizer_report("12:00 warn conn.error err=\"runtime error\"\n"), "");
  EXPECT_EQ(sanitizer_report(""), "");
}

}  // namespace

}  // namespace towline::fixtures
