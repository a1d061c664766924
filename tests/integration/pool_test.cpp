// Several servers and several sessions: which one is used, and what the others take over.
#include "integration/fixtures/forwards.hpp"

#include <array>
#include <atomic>
#include <thread>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// Three servers that know one key.
class Pool : public testing::Test {
 protected:
  Pool() : key_(make_key(dir_)), known_hosts_(dir_.path("known_hosts")) {
    for (auto& server : servers_) {
      server = std::make_unique<Sshd>(dir_);
      server->authorize(key_);
      append_file(known_hosts_, read_file(server->known_hosts_file()));
      server->start();
    }
  }

  Environment environment() const {
    auto variables = tunnel_environment(*servers_[0], key_, Mode::local, entry_.number(), target_.port());
    variables["SSH_REMOTE_HOST"] = address(0) + "," + address(1) + "," + address(2);
    variables["SSH_KNOWN_HOSTS_FILE"] = known_hosts_;
    return variables;
  }
  std::string address(std::size_t server) const { return "127.0.0.1:" + text(servers_[server]->port()); }

  static bool status_has(const Towline& towline, const std::string& part) {
    return eventually(10s, [&] { return towline.get("/statusz").body.find(part) != std::string::npos; });
  }
  bool uses(const Towline& towline, std::size_t server) const {
    return status_has(towline, "\"server\":\"" + address(server) + "\"") && towline.ready_within(10s);
  }
  static bool all_up(const Towline& towline) { return status_has(towline, "\"sessions_up\":3"); }

  TempDir dir_;
  KeyPair key_;
  std::string known_hosts_;
  FreePort entry_;
  EchoServer target_;
  std::array<std::unique_ptr<Sshd>, 3> servers_;
};

// Clients that come one after the other.
class Clients {
 public:
  explicit Clients(std::uint16_t port) {
    for (auto& thread : threads_) thread = std::thread([this, port] { run(port); });
  }
  ~Clients() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
  }
  int served() const { return served_; }

 private:
  void run(std::uint16_t port) {
    while (!stopping_) served_ += echoes(port, 5s) ? 1 : 0;
  }

  std::atomic<bool> stopping_ = false;
  std::atomic<int> served_ = 0;
  std::array<std::thread, 2> threads_;
};

TEST_F(Pool, three_sessions_are_spread_and_survive_the_loss_of_each_server_in_turn) {
  auto variables = environment();
  variables["SSH_CONNECTIONS"] = "3";
  variables["TOWLINE_LOG_LEVEL"] = "info";
  Towline towline(dir_, variables);
  ASSERT_TRUE(towline.ready_within(10s) && all_up(towline));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(towline.logged("ssh.connected the SSH session is up server=" + address(i))) << address(i);
  }
  const Clients clients(entry_.number());
  std::atomic<bool> done = false;
  std::atomic<int> not_ready = 0;
  std::thread watch([&] {
    while (!done) not_ready += towline.ready() ? 0 : 1;
  });
  // The session of the first server finds the second, so that the second loses two, and so does the third.
  const std::array<double, 3> lost{1, 3, 5};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto served = clients.served();
    servers_[i]->kill_all();
    EXPECT_TRUE(eventually(5s, [&] { return echoes(entry_.number(), 5s); }));
    EXPECT_TRUE(eventually(5s, [&] { return clients.served() > served + 20; }));
    EXPECT_TRUE(eventually(5s, [&] { return towline.metric("towline_ssh_disconnects_total") == lost[i]; }));
    EXPECT_TRUE(all_up(towline)) << "its sessions found no other server";
    servers_[i]->start();
  }
  done = true;
  watch.join();
  EXPECT_EQ(not_ready, 0);
  EXPECT_EQ(towline.metric("towline_forward_flaps_total"), 0);
}

// Connections that come while one of three sessions has fallen silent.
class SilentSession : public Pool {
 protected:
  void expect_all(Environment variables, bool (*carried)(std::uint16_t entry, std::uint16_t target)) {
    variables["SSH_CONNECTIONS"] = "3";
    variables["SSH_SERVER_ALIVE_INTERVAL"] = "1";
    variables["SSH_SERVER_ALIVE_COUNT_MAX"] = "1";
    Towline towline(dir_, variables);
    ASSERT_TRUE(towline.ready_within(10s) && all_up(towline));
    servers_[0]->freeze();
    std::array<std::atomic<bool>, 3> served{};
    std::array<std::thread, 3> clients;
    for (std::size_t i = 0; i < 3; ++i) {
      clients[i] = std::thread([&, i] { served[i] = carried(entry_.number(), target_.port()); });
    }
    for (auto& client : clients) client.join();
    for (const auto& one : served) EXPECT_TRUE(one);
    EXPECT_TRUE(towline.ready());
    servers_[0]->thaw();
  }
};

TEST_F(SilentSession, gives_its_waiting_connections_to_another) {
  expect_all(environment(), [](std::uint16_t entry, std::uint16_t) { return echoes(entry, 20s); });
}

TEST_F(SilentSession, gives_those_with_a_socks_request_to_another) {
  auto variables = environment();
  variables["SSH_MODE"] = "-D";
  expect_all(variables, [](std::uint16_t entry, std::uint16_t target) {
    auto socket = through_socks(entry, target);
    return socket && echoes(*socket, 20s);
  });
}

TEST_F(Pool, ordered_uses_the_first_that_works_and_says_which) {
  servers_[0]->kill_all();
  Towline towline(dir_, environment());
  EXPECT_TRUE(uses(towline, 1));
  EXPECT_EQ(towline.metric("towline_ssh_connect_failures_total", {{"reason", "refused"}}), 1);
  servers_[1]->kill_all();
  EXPECT_TRUE(uses(towline, 2));
  servers_[0]->start();
  servers_[2]->kill_all();
  EXPECT_TRUE(uses(towline, 0));
}

TEST_F(Pool, round_robin_goes_on_with_the_next) {
  auto variables = environment();
  variables["SSH_REMOTE_SELECT"] = "round-robin";
  Towline towline(dir_, variables);
  EXPECT_TRUE(uses(towline, 0));
  servers_[0]->kill_sessions();
  EXPECT_TRUE(uses(towline, 1));
  servers_[1]->kill_sessions();
  EXPECT_TRUE(uses(towline, 2));
  servers_[2]->kill_sessions();
  EXPECT_TRUE(uses(towline, 0));
}

TEST_F(Pool, a_server_with_a_wrong_host_key_does_not_keep_the_others_from_being_used) {
  servers_[0]->kill_all();
  servers_[0]->change_host_key();
  servers_[0]->start();
  auto variables = environment();
  variables["TOWLINE_EXIT_ON"] = "host_key";
  Towline towline(dir_, variables);
  const auto begin = Clock::now();
  EXPECT_TRUE(uses(towline, 1));
  EXPECT_LT(elapsed_since(begin), 5s);
  servers_[1]->kill_all();
  EXPECT_TRUE(uses(towline, 2));
  EXPECT_EQ(towline.metric("towline_ssh_connect_failures_total", {{"reason", "host_key"}}), 1)
      << "it was asked again too soon";
}

class GivingUp : public TunnelTest {
 protected:
  EchoServer target_;

  std::optional<int> exit_code(Environment variables) {
    variables.merge(environment(Mode::local, target_.port()));
    Towline towline(dir_, variables);
    return towline.process().exit_code(20s);
  }
};

TEST_F(GivingUp, a_refused_host_key_ends_it_with_76_where_that_was_asked_for) {
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  {
    auto variables = environment(Mode::local, target_.port());
    variables["TOWLINE_EXIT_ON"] = "auth";
    Towline towline(dir_, variables);
    const auto refused = [&] {
      return towline.metric("towline_ssh_connect_failures_total", {{"reason", "host_key"}}) >= 1;
    };
    EXPECT_TRUE(eventually(20s, refused));
    EXPECT_TRUE(throughout(500ms, [&] { return towline.process().running(); }));
  }
  EXPECT_EQ(exit_code({{"TOWLINE_EXIT_ON", "host_key"}}), 76);
}

TEST_F(GivingUp, a_refused_authentication_ends_it_with_77_where_that_was_asked_for) {
  key_ = make_key(dir_);
  EXPECT_EQ(exit_code({{"TOWLINE_EXIT_ON", "host_key,auth"}}), 77);
}

TEST_F(GivingUp, so_many_starts_in_vain_end_it_with_69) {
  sshd_.kill_all();
  EXPECT_EQ(exit_code({{"AUTOSSH_MAXSTART", "2"}}), 69);
  EXPECT_EQ(exit_code({{"AUTOSSH_MAXSTART", "0"}}), 69);  // as autossh, which ends at once
}

TEST_F(GivingUp, the_end_of_its_lifetime_is_no_failure_unless_it_never_was_ready) {
  auto variables = environment(Mode::local, target_.port());
  variables["AUTOSSH_MAXLIFETIME"] = "2";
  Towline towline(dir_, variables);
  const FreePort nobody;
  EXPECT_EQ(exit_code({{"AUTOSSH_MAXLIFETIME", "1"},
                       {"SSH_REMOTE_PORT", std::to_string(nobody.number())},
                       {"SSH_TUNNEL_PORT", "0"}}),
            69);
  EXPECT_EQ(towline.process().exit_code(20s), 0);
}

}  // namespace

}  // namespace towline::fixtures
