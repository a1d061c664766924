// Where a replacement for autossh and ssh would silently behave differently: each of the traps, with ssh or
// autossh beside towline where they can be compared. Those that measure time are in traps_timing_test.cpp.
#include "integration/fixtures/openssh_client.hpp"
#include "integration/fixtures/tunnel.hpp"

#include <filesystem>
#include <regex>
#include <signal.h>
#include <sstream>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

class Traps : public TunnelTest {
 protected:
  explicit Traps(Words sshd_config = {}) : TunnelTest(std::move(sshd_config)) {}

  Words local_forward() const {
    return {"-L",
            "127.0.0.1:" + std::to_string(entry_.number()) + ":127.0.0.1:" + std::to_string(target_.port())};
  }

  Environment with(Environment changes, Mode mode = Mode::local) const {
    changes.merge(environment(mode, target_.port()));
    return changes;
  }

  bool forwards() const {
    return eventually(patience, [this] { return echoes(entry_.number(), 1s); });
  }

  static bool refused_the_host_key(const Towline& towline) {
    return eventually(patience, [&] {
      return towline.metric("towline_ssh_connect_failures_total", {{"reason", "host_key"}}) >= 1;
    });
  }

  EchoServer target_;
};

// 1. SSH_OPTIONS starts to work.

// The value ssh settles on when it is started as in jnovack's image.
std::string in_image(const std::string& key, const Words& options) {
  Words words{"/usr/bin/ssh", "-G", "-F", "none"};
  for (const auto* preset : {"StrictHostKeyChecking=yes", "UserKnownHostsFile=/known_hosts",
                             "ServerAliveInterval=10", "ServerAliveCountMax=3", "ExitOnForwardFailure=yes"})
    words.insert(words.end(), {"-o", preset});
  words.insert(words.end(), {"-p", "22", "root@gate"});
  words.insert(words.end(), options.begin(), options.end());
  std::istringstream lines(output_of(words));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key + ' ')) return line.substr(key.size() + 1);
  }
  return "";
}

TEST_F(Traps, _1_SSH_OPTIONS_that_lose_against_the_presets_of_the_image_lose_here_too_and_are_named) {
  struct Case {
    Words option;
    const char* key;
    const char* in_ssh;
    const char* here;
    const char* named;
  };
  const Case cases[] = {
      {{"-o", "StrictHostKeyChecking=no"},
       "stricthostkeychecking",
       "true",
       R"("SSH_STRICT_HOST_KEY_CHECKING":{"value":"yes","source":"default"})",
       "StrictHostKeyChecking=no (SSH_STRICT_HOST_KEY_CHECKING decides)"},
      {{"-o", "ServerAliveInterval=7"},
       "serveraliveinterval",
       "10",
       R"("SSH_SERVER_ALIVE_INTERVAL":{"value":"10","source":"default"})",
       "ServerAliveInterval=7 (SSH_SERVER_ALIVE_INTERVAL decides)"},
      {{"-o", "ServerAliveCountMax=8"},
       "serveralivecountmax",
       "3",
       R"("SSH_SERVER_ALIVE_COUNT_MAX":{"value":"3","source":"default"})",
       "ServerAliveCountMax=8 (SSH_SERVER_ALIVE_COUNT_MAX decides)"},
      {{"-p", "33"}, "port", "22", R"("servers":["gate:22"])", "-p 33 (SSH_REMOTE_PORT decides)"},
      {{"-l", "bob"},
       "user",
       "root",
       R"("SSH_REMOTE_USER":{"value":"root","source":"default"})",
       "-l bob (SSH_REMOTE_USER decides)"},
      {{"-o", "UserKnownHostsFile=/other"},
       "userknownhostsfile",
       "/known_hosts",
       R"("SSH_STRICT_HOST_KEY_CHECKING":{"value":"yes","source":"default"})",
       "UserKnownHostsFile (SSH_KNOWN_HOSTS_FILE decides)"},
      {{"-o", "ConnectTimeout=9"},
       "connecttimeout",
       "9",
       R"("SSH_CONNECT_TIMEOUT":{"value":"9s","source":"SSH_OPTIONS"})",
       ""},
  };
  for (const auto& [option, key, in_ssh, here, named] : cases) {
    EXPECT_EQ(in_image(key, option), in_ssh) << "ssh -G " << key;
    Towline towline(dir_,
                    {{"SSH_REMOTE_HOST", "gate"},
                     {"SSH_KEY_FILE", key_.private_file},
                     {"SSH_KNOWN_HOSTS_FILE", sshd_.known_hosts_file()},
                     {"SSH_OPTIONS", option[0] + ' ' + option[1]}},
                    {"config", "--json"});
    EXPECT_EQ(towline.process().exit_code(patience), 0);
    EXPECT_TRUE(towline.logged(here)) << key << '\n' << towline.log();
    EXPECT_TRUE(towline.logged(named)) << key << '\n' << towline.log();
  }
}

TEST_F(Traps, _1_quoted_SSH_OPTIONS_are_dropped_by_ssh_and_work_here_with_a_warning) {
  // As the image splits `"-o ConnectTimeout=9"`: the first word is no option, so everything is a command.
  EXPECT_EQ(in_image("connecttimeout", {"\"-o", "ConnectTimeout=9\""}), "none");
  const auto towline = start(with({{"SSH_OPTIONS", "\"-o ConnectTimeout=9\""}}));
  EXPECT_TRUE(towline->logged("the image jnovack/autossh ignored every option of such a value"));
  EXPECT_TRUE(towline->logged("SSH_CONNECT_TIMEOUT=9s"));
}

TEST_F(Traps, _1_an_old_StrictHostKeyChecking_no_does_not_start_to_work_against_a_wrong_key) {
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  const Towline towline(dir_, with({{"SSH_OPTIONS", "-o StrictHostKeyChecking=no"}}));
  EXPECT_TRUE(refused_the_host_key(towline));
}

// 2. The first failure.

TEST_F(Traps, _2_a_first_failure_within_the_gate_time_ends_autossh_with_1_and_towline_with_69) {
  sshd_.kill_all();
  Autossh autossh(dir_, ssh_words(sshd_, key_, local_forward()), {{"AUTOSSH_GATETIME", "30"}});
  Towline towline(dir_, with({{"AUTOSSH_GATETIME", "30"}}));
  EXPECT_EQ(autossh.process().exit_code(patience), 1);
  EXPECT_EQ(towline.process().exit_code(patience), 69);
}

TEST_F(Traps, _2_without_a_gate_time_both_try_until_the_server_is_there) {
  sshd_.kill_all();
  FreePort other;
  Autossh autossh(dir_,
                  ssh_words(sshd_, key_,
                            {"-L", "127.0.0.1:" + std::to_string(other.number()) +
                                       ":127.0.0.1:" + std::to_string(target_.port())}),
                  {{"AUTOSSH_GATETIME", "0"}, {"AUTOSSH_POLL", "30"}});
  Towline towline(dir_, with({{"AUTOSSH_GATETIME", "0"}}));
  const auto failed = [&] { return towline.metric("towline_ssh_connect_failures_total") >= 2; };
  ASSERT_TRUE(eventually(patience, failed));
  sshd_.start();
  EXPECT_TRUE(towline.ready_within(patience));
  EXPECT_TRUE(eventually(patience, [&] { return echoes(other.number(), 1s); }));
}

// 3. No known_hosts.

TEST_F(Traps, _3_without_known_hosts_a_key_that_changed_refuses_forwarding_with_ssh_and_here) {
  const auto seen = dir_.path("seen");
  const Words no_checking{"StrictHostKeyChecking=no", "UserKnownHostsFile=" + seen};
  {
    OpensshClient ssh(dir_, sshd_, key_, local_forward(), no_checking);
    ASSERT_TRUE(forwards()) << "the first key is trusted";
  }
  const auto towline = start(with({{"SSH_KNOWN_HOSTS_FILE", ""}}));
  ASSERT_TRUE(forwards()) << "the first key is trusted";
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  OpensshClient ssh(dir_, sshd_, key_, local_forward(), no_checking);
  EXPECT_EQ(ssh.process().exit_code(patience), 255);
  EXPECT_NE(ssh.log().find("disabled"), std::string::npos) << ssh.log();
  EXPECT_TRUE(refused_the_host_key(*towline));
  EXPECT_FALSE(towline->ready());
}

// 4. known_hosts, with ssh's rules.

struct KnownHostsCase {
  const char* name;
  const char* lines;  // <key>: the server's, <other>: another one, <host>: its name with the port
  bool accepted;
  bool hashed = false;
};

class KnownHostsTrap : public Traps, public testing::WithParamInterface<KnownHostsCase> {
 protected:
  // A server with two host keys; the file knows the RSA one.
  KnownHostsTrap() : rsa_(make_key(dir_, KeyType::rsa_4096)) {
    sshd_.kill_all();
    sshd_.configure("HostKey " + rsa_.private_file);
    sshd_.start();
  }

  std::string lines() {
    std::string all = GetParam().lines;
    const auto fill_in = [&](const char* word, const std::string& value) {
      all = std::regex_replace(all, std::regex(word), value);
    };
    fill_in("<host>", "[127.0.0.1]:" + std::to_string(sshd_.port()));
    fill_in("<other>", make_key(dir_).public_line);
    fill_in("<rsa>", rsa_.public_line);
    fill_in("<key>", sshd_.host_key().public_line);
    return all;
  }

  KeyPair rsa_;
};

TEST_P(KnownHostsTrap, _4_is_judged_as_ssh_does) {
  const auto file = dir_.path("known_hosts");
  write_file(file, lines());
  if (GetParam().hashed) output_of({"/usr/bin/ssh-keygen", "-q", "-H", "-f", file});
  {
    OpensshClient ssh(dir_, sshd_, key_, local_forward(),
                      {"UserKnownHostsFile=" + file, "StrictHostKeyChecking=yes", "UpdateHostKeys=no"});
    if (GetParam().accepted) {
      EXPECT_TRUE(forwards()) << "with ssh";
    } else {
      EXPECT_EQ(ssh.process().exit_code(patience), 255);
    }
  }
  const Towline towline(dir_, with({{"SSH_KNOWN_HOSTS_FILE", file}}));
  EXPECT_EQ(towline.ready_within(GetParam().accepted ? Milliseconds(patience) : Milliseconds(0)),
            GetParam().accepted);
  if (!GetParam().accepted) EXPECT_TRUE(refused_the_host_key(towline));
}

INSTANTIATE_TEST_SUITE_P(
    Files, KnownHostsTrap,
    testing::Values(KnownHostsCase{"its_key_under_host_and_port", "<host> <key>\n", true},
                    KnownHostsCase{"the_bare_host_for_a_port_that_is_not_22", "127.0.0.1 <key>\n", true},
                    KnownHostsCase{"another_port_alone", "[127.0.0.1]:1 <key>\n", false},
                    KnownHostsCase{"a_wildcard", "[127.0.0.*]:* <key>\n", true},
                    KnownHostsCase{"a_wildcard_with_an_exception", "[127.*]:*,!<host> <key>\n", false},
                    KnownHostsCase{"hashed_names", "<host> <key>\n", true, true},
                    KnownHostsCase{"another_key", "<host> <other>\n", false},
                    KnownHostsCase{"a_revoked_key", "@revoked * <key>\n<host> <key>\n", false},
                    KnownHostsCase{"a_broken_line_before_the_good_one", "<host> ssh-rsa !!\n\n<host> <key>\n",
                                   true},
                    KnownHostsCase{"only_the_second_of_two_key_types", "<host> <rsa>\n", true},
                    KnownHostsCase{"no_line_at_all", "", false}),
    [](const auto& info) { return info.param.name; });

// 6. The address to bind, on the wire.

// What sshd was asked: "listen 127.0.0.1 port 8022".
std::string asked_to_listen(const std::string& log) {
  const auto at = log.rfind("tcpip-forward listen ");
  return at == std::string::npos ? "" : log.substr(at + 14, log.find_first_of("\r\n", at) - at - 14);
}

struct BindCase {
  const char* name;
  const char* here;     // SSH_BIND_IP
  const char* for_ssh;  // before the port in -R
  const char* sent;
};

class BindTrap : public Traps, public testing::WithParamInterface<BindCase> {
 protected:
  BindTrap() : Traps({"GatewayPorts clientspecified"}) {}
};

TEST_P(BindTrap, _6_is_sent_as_ssh_sends_it) {
  const auto& [name, here, for_ssh, sent] = GetParam();
  const auto expected = "listen " + std::string(sent) + " port " + std::to_string(entry_.number());
  const auto seen = [&] { return asked_to_listen(sshd_.log()) == expected; };
  {
    OpensshClient ssh(dir_, sshd_, key_,
                      {"-R", std::string(for_ssh) + ":" + std::to_string(entry_.number()) +
                                 ":127.0.0.1:" + std::to_string(target_.port())});
    EXPECT_TRUE(eventually(patience, seen)) << "ssh: " << asked_to_listen(sshd_.log());
  }
  sshd_.kill_all();
  Sshd second(dir_, KeyType::ed25519, {"GatewayPorts clientspecified"});
  second.authorize(key_);
  second.start();
  auto variables = tunnel_environment(second, key_, Mode::remote, entry_.number(), target_.port());
  variables["SSH_BIND_IP"] = here;
  const Towline towline(dir_, variables);
  EXPECT_TRUE(towline.ready_within(patience));
  EXPECT_EQ(asked_to_listen(second.log()), expected);
  EXPECT_TRUE(forwards());
}

INSTANTIATE_TEST_SUITE_P(Addresses, BindTrap,
                         testing::Values(BindCase{"unset", "", "127.0.0.1", "127.0.0.1"},
                                         BindCase{"loopback", "127.0.0.1", "127.0.0.1", "127.0.0.1"},
                                         BindCase{"star", "*", "*", ""},
                                         BindCase{"every_v4_address", "0.0.0.0", "0.0.0.0", "0.0.0.0"},
                                         BindCase{"name", "localhost", "localhost", "localhost"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace

}  // namespace towline::fixtures
