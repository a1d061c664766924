// The traps that are about habits: what is open when, what ssh does for free, damaged keys, signals and exit
// codes.
#include "integration/fixtures/openssh_client.hpp"
#include "integration/fixtures/tunnel.hpp"

#include <filesystem>
#include <regex>
#include <signal.h>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

class Habits : public TunnelTest {
 protected:
  Words local_forward(std::uint16_t entry, std::uint16_t target) const {
    return {"-L", "127.0.0.1:" + std::to_string(entry) + ":127.0.0.1:" + std::to_string(target)};
  }

  Environment with(Environment changes, Mode mode = Mode::local) const {
    changes.merge(environment(mode, target_.port()));
    return changes;
  }

  static bool open(std::uint16_t port) { return Socket::connect(port, 2s).has_value(); }
  static bool comes_through(std::uint16_t port) {
    return eventually(patience, [port] { return echoes(port, 1s); });
  }

  std::vector<pid_t> sessions_of(Autossh& autossh) { return descendants_of(autossh.process().pid()); }

  FreePort other_entry_;  // of ssh or autossh
  EchoServer target_;
};

// 5. The life time of the local listener.

TEST_F(Habits, _5_the_local_port_is_closed_before_authentication_open_after_it_and_closed_on_loss) {
  sshd_.freeze();  // TCP connects, nobody answers
  OpensshClient ssh(dir_, sshd_, key_, local_forward(other_entry_.number(), target_.port()));
  const Towline towline(dir_, with({{"SSH_CONNECT_TIMEOUT", "120"}}));
  ASSERT_TRUE(eventually(patience, [&] { return towline.logged("state=connecting"); }));
  ASSERT_TRUE(
      eventually(patience, [&] { return ssh.log().find("Connection established") != std::string::npos; }));
  EXPECT_TRUE(throughout(500ms, [&] { return !open(entry_.number()) && !open(other_entry_.number()); }));
  sshd_.thaw();
  EXPECT_TRUE(comes_through(entry_.number()));
  EXPECT_TRUE(comes_through(other_entry_.number()));
  sshd_.kill_all();
  EXPECT_TRUE(eventually(patience, [&] { return !open(entry_.number()) && !open(other_entry_.number()); }));
}

// 9. Everything ssh did for free.

TEST_F(Habits, _9_half_close_passes_through_ssh_and_towline) {
  SourceSink target;
  OpensshClient ssh(dir_, sshd_, key_, local_forward(other_entry_.number(), target.port()));
  auto variables = environment(Mode::local, target.port());
  const auto towline = start(std::move(variables));
  ASSERT_TRUE(eventually(patience, [&] { return open(other_entry_.number()); }));
  const Conversation talk{.send_bytes = 5000, .receive_bytes = 5000, .answer_after_eof = true};
  EXPECT_EQ(converse(other_entry_.number(), talk, patience).problem, "") << "with ssh";
  EXPECT_EQ(converse(entry_.number(), talk, patience).problem, "");
}

TEST_F(Habits, _9_a_target_is_resolved_for_every_connection_and_all_its_addresses_are_tried) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs a mount namespace";
  const auto hosts = dir_.path("hosts");
  write_file(hosts, "127.0.0.9 db.test\n");  // nobody listens there
  const Towline towline(dir_, with({{"SSH_TARGET_HOST", "db.test"}}, Mode::remote), {},
                        after_mounting(hosts, "/etc/hosts"));
  ASSERT_TRUE(towline.ready_within(patience));
  EXPECT_FALSE(echoes(entry_.number(), 1s));
  write_file(hosts, "127.0.0.9 db.test\n127.0.0.1 db.test\n");
  EXPECT_TRUE(comes_through(entry_.number()));
  EXPECT_EQ(towline.metric("towline_ssh_connect_attempts_total"), 1);
}

TEST_F(Habits, _9_a_service_name_for_a_port_is_refused_with_words_and_not_dialled_elsewhere) {
  Towline towline(dir_, with({{"SSH_TARGET_PORT", "postgresql"}}), {"config"});
  EXPECT_EQ(towline.process().exit_code(patience), 78);
  EXPECT_TRUE(towline.logged("SSH_TARGET_PORT: \"postgresql\" is not a port"));
}

TEST_F(Habits, _9_an_alias_of_a_mounted_ssh_config_is_not_read_and_that_is_told) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs a mount namespace";
  const auto home = dir_.path("home");
  std::filesystem::create_directories(home + "/.ssh");
  write_file(home + "/.ssh/config", "Host gate.invalid\n HostName 127.0.0.1\n");
  const Towline towline(dir_, with({{"SSH_REMOTE_HOST", "gate.invalid"}}), {}, after_mounting(home, "/root"));
  EXPECT_TRUE(
      eventually(patience, [&] { return towline.metric("towline_ssh_connect_failures_total") >= 1; }));
  EXPECT_TRUE(towline.logged("reads only what its variables name, and not /root/.ssh/config"));
}

// 10. Exit codes and signals.

TEST_F(Habits, _10_SIGTERM_ends_autossh_with_1_and_towline_with_0) {
  Autossh autossh(dir_, ssh_words(sshd_, key_, local_forward(other_entry_.number(), target_.port())), {});
  const auto towline = start(with({}));
  ASSERT_TRUE(comes_through(other_entry_.number()));
  autossh.process().signal(SIGTERM);
  towline->terminate();
  EXPECT_EQ(autossh.process().exit_code(patience), 1);
  EXPECT_EQ(towline->process().exit_code(patience), 0);
}

TEST_F(Habits, _10_MAXSTART_ends_autossh_with_0_after_failures_alone_and_towline_with_69) {
  sshd_.kill_all();
  const Environment three{{"AUTOSSH_MAXSTART", "3"}, {"AUTOSSH_GATETIME", "0"}};
  Autossh autossh(dir_, ssh_words(sshd_, key_, local_forward(other_entry_.number(), target_.port())), three);
  Towline towline(dir_, with(three));
  EXPECT_EQ(autossh.process().exit_code(patience), 0);
  EXPECT_EQ(towline.process().exit_code(patience), 69);
  EXPECT_TRUE(towline.logged("attempt=3"));
  EXPECT_FALSE(towline.has_logged("attempt=4"));
}

TEST_F(Habits, _10_MAXLIFETIME_ends_both_with_0) {
  const Environment short_life{{"AUTOSSH_MAXLIFETIME", "2"}};
  Autossh autossh(dir_, ssh_words(sshd_, key_, local_forward(other_entry_.number(), target_.port())),
                  short_life);
  const auto towline = start(with(short_life));
  EXPECT_EQ(autossh.process().exit_code(patience), 0);
  EXPECT_EQ(towline->process().exit_code(patience), 0);
}

TEST_F(Habits, _10_SIGUSR1_makes_a_new_session_with_autossh_and_towline) {
  Autossh autossh(dir_, ssh_words(sshd_, key_, local_forward(other_entry_.number(), target_.port())), {});
  const auto towline = start(with({}));
  ASSERT_TRUE(comes_through(other_entry_.number()));
  const auto before = sessions_of(autossh);
  autossh.process().signal(SIGUSR1);
  towline->process().signal(SIGUSR1);
  EXPECT_TRUE(
      eventually(patience, [&] { return !sessions_of(autossh).empty() && sessions_of(autossh) != before; }));
  const auto again = [&] { return towline->metric("towline_ssh_connect_attempts_total") == 2; };
  EXPECT_TRUE(eventually(patience, again));
  EXPECT_TRUE(comes_through(other_entry_.number()));
  EXPECT_TRUE(comes_through(entry_.number()));
}

TEST_F(Habits, _10_SIGHUP_and_SIGUSR1_while_it_waits_kill_autossh_and_not_towline) {
  sshd_.kill_all();
  struct Both {
    Autossh autossh;
    Towline towline;
  };
  const auto start_both = [&] {
    const auto words = ssh_words(sshd_, key_, local_forward(other_entry_.number(), target_.port()));
    return std::unique_ptr<Both>(
        new Both{{dir_, words, {{"AUTOSSH_GATETIME", "0"}, {"AUTOSSH_POLL", "30"}, {"AUTOSSH_DEBUG", "1"}}},
                 {dir_, with({{"SSH_TUNNEL_PORT", "0"}})}});
  };
  // At the same time: both wait for as long.
  const std::pair<int, std::unique_ptr<Both>> rounds[] = {{SIGHUP, start_both()}, {SIGUSR1, start_both()}};
  for (const auto& [signal, both] : rounds) {
    auto& [autossh, towline] = *both;
    // A second or more, once nine attempts have failed.
    const auto pauses = [&] { return autossh.log().find("sleeping for grace time 3") != std::string::npos; };
    EXPECT_TRUE(eventually(patience, pauses)) << autossh.log();
    autossh.process().signal(signal);
    towline.process().signal(signal);
  }
  for (const auto& [signal, both] : rounds) {
    auto& [autossh, towline] = *both;
    EXPECT_EQ(autossh.process().exit_code(patience), -signal);
    const auto attempts = towline.metric("towline_ssh_connect_attempts_total");
    const auto goes_on = [&] { return towline.metric("towline_ssh_connect_attempts_total") > attempts; };
    EXPECT_TRUE(eventually(patience, goes_on));
  }
}

TEST_F(Habits, _10_what_ends_it_is_said_where_autossh_is_silent) {
  sshd_.kill_all();
  auto words = ssh_words(sshd_, key_, local_forward(other_entry_.number(), target_.port()));
  words.insert(words.begin(), "-q");
  Environment as_the_image{
      {"AUTOSSH_GATETIME", "30"}, {"AUTOSSH_LOGLEVEL", "0"}, {"AUTOSSH_PIDFILE", "/none/pid"}};
  Autossh autossh(dir_, std::move(words), as_the_image);
  EXPECT_EQ(autossh.process().exit_code(patience), 1);
  EXPECT_EQ(autossh.log(), "");
  as_the_image["AUTOSSH_GATETIME"] = "soon";
  Towline towline(dir_, with(as_the_image));
  EXPECT_EQ(towline.process().exit_code(patience), 78);
  EXPECT_TRUE(towline.logged("AUTOSSH_GATETIME: \"soon\" is not a duration"));
}

// Also: damage that ssh-add refuses and that is common in secrets.

struct Damage {
  const char* name;
  std::string (*apply)(const std::string& key);
};

class DamagedKey : public Habits, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedKey, is_refused_by_ssh_add_and_accepted_here) {
  const auto file = dir_.path("damaged");
  write_file(file, GetParam().apply(read_file(key_.private_file)));
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  const auto added = dir_.path("ssh-add.log");
  Process ssh_add(
      {{"/usr/bin/ssh-agent", "/bin/sh", "-c", "exec /usr/bin/ssh-add -k - < " + file}, {}, added});
  EXPECT_EQ(ssh_add.exit_code(patience), 1) << read_file(added);
  EXPECT_NE(read_file(added).find("Error loading key"), std::string::npos) << read_file(added);
  const auto towline = start(with({{"SSH_KEY_FILE", file}}));
  EXPECT_TRUE(comes_through(entry_.number()));
}

INSTANTIATE_TEST_SUITE_P(
    Secrets, DamagedKey,
    testing::Values(
        Damage{"without_its_last_newline",
               [](const std::string& key) { return key.substr(0, key.size() - 1); }},
        Damage{"with_CRLF",
               [](const std::string& key) { return std::regex_replace(key, std::regex("\n"), "\r\n"); }},
        Damage{"behind_blank_lines", [](const std::string& key) { return "\n \n" + key; }},
        Damage{"with_backslash_n_for_newlines",
               [](const std::string& key) { return std::regex_replace(key, std::regex("\n"), "\\n"); }}),
    [](const auto& info) { return info.param.name; });

TEST_F(Habits, an_undamaged_key_is_accepted_by_ssh_add) {
  EXPECT_NO_THROW(output_of(
      {"/usr/bin/ssh-agent", "/bin/sh", "-c", "exec /usr/bin/ssh-add -k - < " + key_.private_file}));
}

TEST_F(Habits, of_setting_AUTOSSH_PORT_do_not_break_the_tunnel) {
  const auto towline = start(with({{"AUTOSSH_PORT", std::to_string(other_entry_.number())}}));
  EXPECT_TRUE(comes_through(entry_.number()));
}

}  // namespace

}  // namespace towline::fixtures
