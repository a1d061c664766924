// The public entrance: names that only other clients reach, same names, words, limits.
#include "integration/fixtures/expose.hpp"
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/ssh_server.hpp"

#include <gmock/gmock.h>

#include <set>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A target that says who it is.
class Named : public TcpServer {
 public:
  explicit Named(std::string name)
      : TcpServer([name = std::move(name)](Socket& socket) { socket.send_all(name, 5s); }) {}
};

std::string who_answers(std::uint16_t port) {
  auto socket = Socket::connect(port, 5s);
  return socket ? socket->receive(1, 5s) : std::string();
}

class ExposeNames : public ExposeTest {
 protected:
  static std::string to(std::uint16_t target, std::uint16_t port) {
    return "127.0.0.1:" + text(port) + ":" + loopback(target);
  }
  bool answers(std::uint16_t port, const std::string& name) {
    return eventually(patience, [&] { return who_answers(port) == name; });
  }
};

TEST_F(ExposeNames, an_alias_is_reached_by_other_clients_and_not_from_the_network) {
  begin();
  const FreePort local, nobody;
  Running owner(dir_, ssh({"-R", "db:3000:" + loopback(echo_.port())}));
  ASSERT_TRUE(has_told(owner, "db:3000\n")) << owner.errors();
  Running caller(dir_, ssh_as(other_key_, {"-N", "-L", text(local.number()) + ":db:3000", "-L",
                                           text(nobody.number()) + ":127.0.0.1:" + text(echo_.port())}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes_at(local.number()); })) << caller.errors();
  EXPECT_FALSE(Socket::connect(3000, 1s));
  EXPECT_FALSE(echoes_at(nobody.number()));
  EXPECT_THAT(caller.errors(), HasSubstr("administratively prohibited: no client offers"));
  EXPECT_EQ(towline_->metric("towline_visitor_connections_total", {{"kind", "alias"}}), 1);
}

TEST_F(ExposeNames, a_connection_between_two_clients_ends_with_either_of_them) {
  begin();
  const FreePort local;
  auto owner = std::make_unique<Running>(dir_, ssh({"-R", "db:3000:" + loopback(echo_.port())}));
  ASSERT_TRUE(has_told(*owner, "db:3000\n")) << owner->errors();
  Running caller(dir_, ssh_as(other_key_, {"-N", "-L", text(local.number()) + ":db:3000"}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(local.number()); })) << caller.errors();
  auto open = Socket::connect(local.number(), 5s);
  ASSERT_TRUE(open && echoes(*open, 5s));
  owner->process().signal(SIGKILL);
  EXPECT_TRUE(open->closed_within(5s));
  EXPECT_TRUE(caller.process().running());
  owner = std::make_unique<Running>(dir_, ssh({"-R", "db:3000:" + loopback(echo_.port())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(local.number()); })) << caller.errors();
  open = Socket::connect(local.number(), 5s);
  ASSERT_TRUE(open && echoes(*open, 5s));
  caller.process().signal(SIGKILL);
  EXPECT_TRUE(eventually(5s, [&] { return towline_->metric("towline_clients") == 1; }));
  EXPECT_TRUE(owner->process().running());
}

TEST_F(ExposeNames, an_alias_may_be_for_certain_keys_only) {
  begin();
  const FreePort mine, his;
  Running owner(
      dir_, ssh({"-R", "db:3000:" + loopback(echo_.port())}, {"allowed-fingerprints=" + key_.fingerprint()}));
  ASSERT_TRUE(has_told(owner, "db:3000\n")) << owner.errors();
  Running friendly(dir_, ssh({"-N", "-L", text(mine.number()) + ":db:3000"}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes_at(mine.number()); })) << friendly.errors();
  Running stranger(dir_, ssh_as(other_key_, {"-N", "-L", text(his.number()) + ":db:3000"}));
  EXPECT_TRUE(eventually(patience, [&] { return Socket::connect(his.number(), 1s).has_value(); }));
  EXPECT_FALSE(echoes_at(his.number()));
  EXPECT_THAT(stranger.errors(), HasSubstr("you may not reach db:3000"));
}

TEST_F(ExposeNames, a_machine_behind_a_client_is_logged_in_to_by_its_name) {
  begin();
  Sshd sshd(dir_);
  sshd.authorize(key_);
  sshd.start();
  Running owner(dir_, ssh({"-R", "box:22:" + loopback(sshd.port())}));
  ASSERT_TRUE(has_told(owner, "box:22\n")) << owner.errors();
  std::string proxy;
  for (const auto& word : ssh({"-W", "%h:%p"})) proxy += (proxy.empty() ? "" : " ") + word;
  write_file(dir_.path("box_known_hosts"), "box " + sshd.host_key().public_line + "\n");
  const auto ran =
      run({"/usr/bin/ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "IdentityFile=" + key_.private_file,
           "-o", "UserKnownHostsFile=" + dir_.path("box_known_hosts"), "-o", "ProxyCommand=" + proxy,
           sshd.user() + "@box", "echo there"});
  EXPECT_EQ(ran.output, "there\n") << ran.errors;
}

TEST_F(ExposeNames, a_word_that_is_not_known_is_an_error_and_the_end) {
  begin();
  const auto ran = run(ssh({"-R", "db:3000:" + loopback(echo_.port())}, {"no-such-word"}));
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.errors, HasSubstr("\"no-such-word\" is not a known word"));
}

TEST_F(ExposeNames, words_make_an_alias_of_a_web_port) {
  begin({{"TOWLINE_EXPOSE_DOMAIN", "example.test"}});
  const FreePort local;
  Running owner(dir_, ssh({"-R", "web:80:" + loopback(echo_.port())}, {"tcp-alias"}));
  ASSERT_TRUE(has_told(owner, "web:80\n")) << owner.output() << owner.errors();
  EXPECT_EQ(towline_->metric("towline_exposed", {{"kind", "alias"}}), 1);
  EXPECT_EQ(towline_->metric("towline_exposed", {{"kind", "http"}}), 0);
  Running caller(dir_, ssh({"-N", "-L", text(local.number()) + ":web:80"}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes_at(local.number()); })) << caller.errors();
}

TEST_F(ExposeNames, words_bar_visitors_by_their_address) {
  begin();
  const FreePort port;
  Running owner(dir_, ssh({"-R", to(echo_.port(), port.number())}, {"ip-allowlist=10.0.0.0/8"}));
  ASSERT_TRUE(has_told(owner, "tcp://")) << owner.errors();
  EXPECT_FALSE(echoes_at(port.number()));
  EXPECT_GE(towline_->metric("towline_visitors_refused_total", {{"reason", "not_admitted"}}), 1);
}

TEST_F(ExposeNames, a_target_may_be_told_who_the_visitor_is) {
  begin();
  const FreePort port;
  Running owner(dir_, ssh({"-R", to(echo_.port(), port.number())}, {"proxy_protocol=v1"}));
  ASSERT_TRUE(has_told(owner, "tcp://")) << owner.errors();
  auto visitor = Socket::connect(port.number(), 5s);
  ASSERT_TRUE(visitor);
  const auto header =
      "PROXY TCP4 127.0.0.1 127.0.0.1 " + text(visitor->local_port()) + ' ' + text(port.number()) + "\r\n";
  EXPECT_EQ(visitor->receive(header.size(), 5s), header);
}

TEST_F(ExposeNames, json_is_an_object_a_line) {
  begin();
  const FreePort port;
  Running owner(dir_, ssh({"-R", to(echo_.port(), port.number())}, {"--output", "json"}));
  EXPECT_TRUE(has_told(owner, R"({"event":"exposed","kind":"tcp","name":"127.0.0.1:)" + text(port.number()) +
                                  R"(","url":"tcp://)" + loopback(port.number()) + "\"}\n"))
      << owner.output() << owner.errors();
}

TEST_F(ExposeNames, visitors_are_spread_over_clients_of_the_same_port) {
  begin({{"TOWLINE_EXPOSE_BALANCE", "round-robin"}});
  const FreePort port;
  Named a("a"), b("b");
  Running first(dir_, ssh({"-N", "-R", to(a.port(), port.number())}));
  ASSERT_TRUE(answers(port.number(), "a")) << first.errors();
  Running second(dir_, ssh_as(other_key_, {"-N", "-R", to(b.port(), port.number())}));
  ASSERT_TRUE(answers(port.number(), "b")) << second.errors();
  std::set<std::string> seen;
  for (int i = 0; i < 4; ++i) seen.insert(who_answers(port.number()));
  EXPECT_EQ(seen, (std::set<std::string>{"a", "b"}));
}

TEST_F(ExposeNames, the_newest_replaces_and_the_old_one_is_told) {
  begin({{"TOWLINE_EXPOSE_SAME_NAME", "replace"}});
  const FreePort port;
  Named a("a"), b("b");
  Running first(dir_, ssh({"-R", to(a.port(), port.number())}));
  ASSERT_TRUE(answers(port.number(), "a")) << first.errors();
  Running second(dir_, ssh_as(other_key_, {"-N", "-R", to(b.port(), port.number())}));
  EXPECT_TRUE(answers(port.number(), "b")) << second.errors();
  EXPECT_TRUE(has_told(first, "replaced: ")) << first.output();
}

TEST_F(ExposeNames, a_port_that_is_another_clients_is_refused) {
  begin({{"TOWLINE_EXPOSE_SAME_NAME", "refuse"}});
  const FreePort port;
  Named a("a"), b("b");
  Running first(dir_, ssh({"-N", "-R", to(a.port(), port.number())}));
  ASSERT_TRUE(answers(port.number(), "a")) << first.errors();
  EXPECT_EQ(run(ssh_as(other_key_, {"-N", "-R", to(b.port(), port.number())})).code, 255);
  EXPECT_EQ(who_answers(port.number()), "a");
}

TEST_F(ExposeNames, a_client_that_is_killed_leaves_its_port_free) {
  begin({{"TOWLINE_EXPOSE_SAME_NAME", "refuse"}});
  const FreePort port;
  Named a("a"), b("b");
  Running first(dir_, ssh({"-N", "-R", to(a.port(), port.number())}));
  ASSERT_TRUE(answers(port.number(), "a")) << first.errors();
  first.process().signal(SIGKILL);
  ASSERT_TRUE(eventually(5s, [&] { return !Socket::connect(port.number(), 1s); }));
  Running second(dir_, ssh_as(other_key_, {"-N", "-R", to(b.port(), port.number())}));
  EXPECT_TRUE(answers(port.number(), "b")) << second.errors();
}

TEST_F(ExposeNames, a_ghost_gives_way_to_the_same_key_and_to_no_other) {
  begin({{"TOWLINE_EXPOSE_SAME_NAME", "refuse"}, {"SSH_SERVER_ALIVE_INTERVAL", "0"}});
  const FreePort port;
  Named a("a"), b("b");
  Running ghost(dir_, ssh({"-N", "-R", to(a.port(), port.number())}));
  ASSERT_TRUE(answers(port.number(), "a")) << ghost.errors();
  ghost.process().signal(SIGSTOP);
  EXPECT_EQ(run(ssh_as(other_key_, {"-N", "-R", to(b.port(), port.number())})).code, 255);
  Running again(dir_, ssh({"-N", "-R", to(b.port(), port.number())}));
  EXPECT_TRUE(answers(port.number(), "b")) << again.errors();
  ghost.process().signal(SIGCONT);
}

TEST_F(ExposeNames, a_client_that_is_there_is_no_ghost) {
  begin({{"TOWLINE_EXPOSE_SAME_NAME", "refuse"}});
  const FreePort port;
  Named a("a"), b("b");
  Running first(dir_, ssh({"-N", "-R", to(a.port(), port.number())}));
  ASSERT_TRUE(answers(port.number(), "a")) << first.errors();
  EXPECT_EQ(run(ssh({"-N", "-R", to(b.port(), port.number())})).code, 255);
  EXPECT_EQ(who_answers(port.number()), "a");
}

TEST_F(ExposeNames, a_silent_client_loses_its_port_by_the_dead_peer_deadline) {
  begin({{"SSH_SERVER_ALIVE_INTERVAL", "1"}, {"SSH_SERVER_ALIVE_COUNT_MAX", "2"}});
  const FreePort port;
  Running client(dir_, ssh({"-N", "-R", to(echo_.port(), port.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  client.process().signal(SIGSTOP);
  EXPECT_TRUE(eventually(patience, [&] { return !Socket::connect(port.number(), 1s); }));
  client.process().signal(SIGCONT);
}

TEST_F(ExposeNames, a_client_that_does_not_take_a_visitor_is_left_out_of_the_rotation) {
  begin({{"TOWLINE_EXPOSE_BALANCE", "round-robin"}});
  const FreePort port, dead;
  Named a("a");
  Running broken(dir_, ssh({"-R", to(dead.number(), port.number())}));
  ASSERT_TRUE(has_told(broken, "tcp://")) << broken.errors();
  Running working(dir_, ssh_as(other_key_, {"-N", "-R", to(a.port(), port.number())}));
  ASSERT_TRUE(answers(port.number(), "a")) << working.errors();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(who_answers(port.number()), "a");
  EXPECT_TRUE(has_told(broken, "failed: ")) << broken.output();
}

TEST_F(ExposeNames, a_key_may_offer_as_much_as_its_quota) {
  begin({{"TOWLINE_EXPOSE_QUOTA", "1"}});
  const FreePort one, two;
  Running first(dir_, ssh({"-N", "-R", to(echo_.port(), one.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(one.number()); })) << first.errors();
  EXPECT_EQ(run(ssh({"-N", "-R", to(echo_.port(), two.number())})).code, 255);
  Running other(dir_, ssh_as(other_key_, {"-N", "-R", to(echo_.port(), two.number())}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes_at(two.number()); })) << other.errors();
  EXPECT_EQ(towline_->metric("towline_exposed_refused_total", {{"reason", "quota"}}), 1);
}

TEST_F(ExposeNames, connections_beyond_the_pool_are_turned_away) {
  begin();
  const FreePort port;
  Running client(dir_, ssh({"-R", to(echo_.port(), port.number())}, {"pool=1"}));
  ASSERT_TRUE(has_told(client, "tcp://")) << client.errors();
  auto first = Socket::connect(port.number(), 5s);
  ASSERT_TRUE(first);
  ASSERT_TRUE(echoes(*first, 5s));
  EXPECT_FALSE(echoes_at(port.number()));
  EXPECT_EQ(towline_->metric("towline_visitors_refused_total", {{"reason", "full"}}), 1);
  const auto second = Socket::connect(port.number(), 5s);
  const auto third = Socket::connect(port.number(), 5s);
  EXPECT_TRUE(eventually(
      5s, [&] { return towline_->metric("towline_visitors_refused_total", {{"reason", "full"}}) == 3; }));
}

TEST_F(ExposeNames, connections_of_one_address_are_counted) {
  begin({{"TOWLINE_EXPOSE_PER_IP", "1"}});
  const FreePort port;
  Running client(dir_, ssh({"-R", to(echo_.port(), port.number())}));
  ASSERT_TRUE(has_told(client, "tcp://")) << client.errors();
  auto first = Socket::connect(port.number(), 5s);
  ASSERT_TRUE(first);
  ASSERT_TRUE(echoes(*first, 5s));
  EXPECT_FALSE(echoes_at(port.number()));
  EXPECT_EQ(towline_->metric("towline_visitors_refused_total", {{"reason", "too_many"}}), 1);
  first->close();
  EXPECT_TRUE(eventually(5s, [&] { return echoes_at(port.number()); }));
}

TEST_F(ExposeNames, visitors_from_networks_that_are_denied_are_turned_away) {
  begin({{"TOWLINE_EXPOSE_DENY_FROM", "127.0.0.0/8"}});
  const FreePort port;
  Running client(dir_, ssh({"-R", to(echo_.port(), port.number())}));
  ASSERT_TRUE(has_told(client, "tcp://")) << client.errors();
  EXPECT_FALSE(echoes_at(port.number()));
  EXPECT_EQ(towline_->metric("towline_visitors_refused_total", {{"reason", "network"}}), 1);
}

TEST_F(ExposeNames, a_rate_makes_visitors_wait) {
  begin({{"TOWLINE_EXPOSE_RATE", "64k"}});
  const FreePort port;
  Running client(dir_, ssh({"-R", to(echo_.port(), port.number())}));
  ASSERT_TRUE(has_told(client, "tcp://")) << client.errors();
  auto visitor = Socket::connect(port.number(), 5s);
  ASSERT_TRUE(visitor);
  const std::string bytes(192 * kibibyte, 'x');
  const auto began = Clock::now();
  ASSERT_TRUE(visitor->send_all(bytes, patience));
  visitor->shutdown_write();
  EXPECT_EQ(visitor->receive(bytes.size(), patience).size(), bytes.size());
  EXPECT_GT(elapsed_since(began), 1500ms);
}

}  // namespace

}  // namespace towline::fixtures
