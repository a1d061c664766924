// New keys without a restart, signals in every state, and two agents for one port.
#include "integration/fixtures/tunnel.hpp"

#include <atomic>
#include <filesystem>
#include <signal.h>
#include <thread>
#include <vector>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Reload : public TunnelModeTest {
 protected:
  Reload() : mounted_key_(dir_.path("mounted_key")) { mount(key_); }

  // The key is at its place from here on, as a whole file.
  void mount(const KeyPair& key) const {
    write_file(mounted_key_ + ".new", read_file(key.private_file));
    fs::permissions(mounted_key_ + ".new", fs::perms::owner_read);
    fs::rename(mounted_key_ + ".new", mounted_key_);
  }

  Environment variables(Mode mode) const {
    auto all = environment(mode, target_.port());
    all["SSH_KEY_FILE"] = mounted_key_;
    return all;
  }

  static bool counts(const Towline& towline, const std::string& name, double value,
                     const Labels& labels = {}) {
    return eventually(10s, [&] { return towline.metric(name, labels) == value; });
  }

  EchoServer target_;
  std::string mounted_key_;
};

TEST_P(Reload, a_key_that_was_replaced_is_used_by_the_next_session) {
  const auto towline = start(variables(GetParam()));
  const auto next = make_key(dir_);
  sshd_.authorize(next);
  mount(next);
  sshd_.kill_sessions();
  EXPECT_TRUE(counts(*towline, "towline_ssh_reconnects_total", 1));
  EXPECT_TRUE(eventually(5s, [&] { return echoes(entry_.number(), 1s); }));
  EXPECT_NE(sshd_.log().find(next.fingerprint()), std::string::npos);
}

TEST_P(Reload, sighup_moves_to_a_session_with_the_new_key_and_open_connections_live_on) {
  const auto towline = start(variables(GetParam()));
  auto client = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(client && client->send_all("before", 2s) && client->receive(6, 2s) == "before");
  const auto next = make_key(dir_);
  sshd_.authorize(next);
  mount(next);
  towline->process().signal(SIGHUP);
  EXPECT_TRUE(counts(*towline, "towline_config_reloads_total", 1));
  EXPECT_NE(sshd_.log().find(next.fingerprint()), std::string::npos);
  EXPECT_TRUE(eventually(5s, [&] { return echoes(entry_.number(), 1s); }));
  EXPECT_TRUE(client->send_all("after", 2s) && client->receive(5, 2s) == "after");
  EXPECT_EQ(towline->metric("towline_ssh_disconnects_total", {{"reason", "key_rotation"}}), 0);
  client->close();
  EXPECT_TRUE(counts(*towline, "towline_ssh_disconnects_total", 1, {{"reason", "key_rotation"}}))
      << "the old session stays for ever";
  EXPECT_TRUE(towline->ready());
  EXPECT_TRUE(towline->logged("secret.reloaded"));
}

TEST_P(Reload, sighup_with_a_key_that_is_refused_keeps_the_session) {
  const auto towline = start(variables(GetParam()));
  mount(make_key(dir_));
  towline->process().signal(SIGHUP);
  EXPECT_TRUE(counts(*towline, "towline_config_reload_failures_total", 1));
  EXPECT_TRUE(towline->logged("secret.reload_failed"));
  EXPECT_TRUE(towline->ready());
  EXPECT_TRUE(echoes(entry_.number(), 2s));
  EXPECT_EQ(towline->metric("towline_ssh_reconnects_total"), 0);
  mount(key_);
  towline->process().signal(SIGHUP);
  EXPECT_TRUE(counts(*towline, "towline_config_reloads_total", 1));
}

TEST_P(Reload, a_key_behind_a_link_that_kubernetes_swaps_is_followed) {
  const auto volume = dir_.path("volume");
  const auto fill = [&](const std::string& folder, const KeyPair& key) {
    fs::create_directories(volume + "/" + folder);
    fs::copy_file(key.private_file, volume + "/" + folder + "/id");
    fs::create_directory_symlink(folder, volume + "/..new");
    fs::rename(volume + "/..new", volume + "/..data");
  };
  fill("..2026_1", key_);
  fs::create_symlink("..data/id", volume + "/id");
  auto all = variables(GetParam());
  all["SSH_KEY_FILE"] = volume + "/id";
  const auto towline = start(std::move(all));
  const auto next = make_key(dir_);
  sshd_.authorize(next);
  fill("..2026_2", next);
  towline->process().signal(SIGHUP);
  EXPECT_TRUE(counts(*towline, "towline_config_reloads_total", 1));
  EXPECT_NE(sshd_.log().find(next.fingerprint()), std::string::npos);
}

// Both signals, in the wait after a failure that waits longest.
TEST_P(Reload, signals_end_a_wait_at_once_and_harm_nothing) {
  mount(make_key(dir_));
  for (const int number : {SIGUSR1, SIGHUP}) {
    Towline towline(dir_, variables(GetParam()));
    ASSERT_TRUE(counts(towline, "towline_ssh_connect_failures_total", 1, {{"reason", "auth"}}));
    EXPECT_TRUE(towline.logged("ssh.backoff"));
    towline.process().signal(number);
    ASSERT_TRUE(counts(towline, "towline_ssh_connect_failures_total", 2, {{"reason", "auth"}}));
    const auto next = make_key(dir_);
    sshd_.authorize(next);
    mount(next);
    towline.process().signal(number);
    EXPECT_TRUE(towline.ready_within(5s)) << number;
    EXPECT_TRUE(echoes(entry_.number(), 2s));
    mount(make_key(dir_));
  }
}

TEST_P(Reload, sigusr1_makes_a_new_session_and_open_connections_live_on) {
  const auto towline = start(variables(GetParam()));
  auto client = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(client && client->send_all("before", 2s) && client->receive(6, 2s) == "before");
  towline->process().signal(SIGUSR1);
  EXPECT_TRUE(counts(*towline, "towline_ssh_reconnects_total", 1));
  EXPECT_TRUE(eventually(5s, [&] { return echoes(entry_.number(), 1s); }));
  EXPECT_TRUE(client->send_all("after", 2s) && client->receive(5, 2s) == "after");
  EXPECT_EQ(towline->metric("towline_config_reloads_total"), 0);
}

TEST_P(Reload, a_storm_of_signals_kills_nothing) {
  const auto towline = start(variables(GetParam()));
  for (int i = 0; i < 20; ++i) {
    towline->process().signal(SIGHUP);
    towline->process().signal(SIGUSR1);
    EXPECT_TRUE(eventually(5s, [&] { return towline->status("/livez") == 200; }));
  }
  EXPECT_TRUE(eventually(10s, [&] { return towline->ready() && echoes(entry_.number(), 1s); }));
  towline->terminate();
  EXPECT_EQ(towline->process().exit_code(10s), 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, Reload, testing::Values(Mode::local, Mode::remote), mode_name);

// How many sessions share the listener.
class ReloadLocal : public TunnelTest, public testing::WithParamInterface<int> {
 protected:
  EchoServer target_;
};

TEST_P(ReloadLocal, sighup_costs_no_new_connection) {
  auto all = environment(Mode::local, target_.port());
  all["SSH_CONNECTIONS"] = std::to_string(GetParam());
  const auto towline = start(std::move(all));
  std::atomic<bool> done = false;
  std::atomic<int> failed = 0;
  std::atomic<int> served = 0;
  std::thread clients([&] {
    while (!done) ++(echoes(entry_.number(), 5s) ? served : failed);
  });
  for (int round = 1; round <= 3; ++round) {
    const auto before = served.load();
    towline->process().signal(SIGHUP);
    const auto reloaded = [&] { return towline->metric("towline_config_reloads_total") == round; };
    EXPECT_TRUE(eventually(10s, reloaded));
    EXPECT_TRUE(eventually(10s, [&] { return served > before + 20; }));
  }
  done = true;
  clients.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(towline->metric("towline_forward_flaps_total"), 0);
  EXPECT_EQ(towline->metric("towline_connections_failed_total"), 0);
}

INSTANTIATE_TEST_SUITE_P(Sessions, ReloadLocal, testing::Values(1, 2), testing::PrintToStringParamName());

class ReloadRemote : public TunnelTest, public testing::WithParamInterface<int> {
 protected:
  ReloadRemote() : TunnelTest({"LogLevel DEBUG1"}) {}

  EchoServer target_;
};

TEST_P(ReloadRemote, a_signal_loses_no_connection_that_the_server_has_opened) {
  const auto towline = start(environment(Mode::remote, target_.port()));
  std::atomic<bool> done = false;
  std::atomic<int> served = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      while (!done) served += echoes(entry_.number(), 5s) ? 1 : 0;
    });
  for (int round = 1; round <= 5; ++round) {
    const auto before = served.load();
    towline->process().signal(GetParam());
    EXPECT_TRUE(eventually(10s, [&] { return towline->metric("towline_ssh_reconnects_total") == round; }));
    EXPECT_TRUE(eventually(patience, [&] { return served > before + 50; }));
  }
  done = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(sshd_.log().find("open failed"), std::string::npos) << "towline refused what sshd had accepted";
  EXPECT_EQ(towline->metric("towline_connections_failed_total"), 0);
  EXPECT_EQ(towline->metric("towline_unmatched_channels_total"), 0);
}

INSTANTIATE_TEST_SUITE_P(Signals, ReloadRemote, testing::Values(SIGHUP, SIGUSR1), [](const auto& info) {
  return std::string(info.param == SIGHUP ? "sighup" : "sigusr1");
});

class Standby : public TunnelTest {
 protected:
  EchoServer target_;
};

TEST_F(Standby, takes_the_port_within_three_seconds_after_the_active_agent_was_killed) {
  const auto active = start(environment(Mode::remote, target_.port()));
  Towline standby(dir_, environment(Mode::remote, target_.port()));
  ASSERT_TRUE(eventually(10s, [&] { return standby.metric("towline_forward_setup_failures_total") >= 4; }))
      << "it should have reached its longest pause";
  EXPECT_FALSE(standby.ready());
  EXPECT_EQ(standby.metric("towline_ssh_connect_attempts_total"), 1) << "its session should stay";
  active->process().signal(SIGKILL);
  const auto begin = Clock::now();
  EXPECT_TRUE(eventually(10s, [&] { return echoes(entry_.number(), 500ms); }));
  EXPECT_LT(elapsed_since(begin), 3s);
  EXPECT_TRUE(standby.ready_within(2s));
}

}  // namespace

}  // namespace towline::fixtures
