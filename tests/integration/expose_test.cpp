// The public entrance: what stock ssh offers with -R is reached from outside, and what it is told.
#include "integration/fixtures/expose.hpp"

#include "integration/fixtures/forwards.hpp"

#include <gmock/gmock.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Expose : public ExposeTest {
 protected:
  std::string to_echo(std::uint16_t port) const {
    return "127.0.0.1:" + text(port) + ":" + loopback(echo_.port());
  }
};

TEST_F(Expose, a_port_leads_to_the_client_and_its_address_is_told) {
  begin();
  const FreePort port;
  Running client(dir_, ssh({"-R", to_echo(port.number())}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  EXPECT_TRUE(has_told(client, "tcp://" + loopback(port.number()) + "\n")) << client.output();
  EXPECT_EQ(towline_->metric("towline_exposed", {{"kind", "tcp"}}), 1);
  EXPECT_GE(towline_->metric("towline_visitor_connections_total", {{"kind", "tcp"}}), 1);
}

TEST_F(Expose, a_port_of_our_choice_is_the_same_in_the_reply_in_the_text_and_in_truth) {
  begin();
  Running client(dir_, ssh({"-R", "0:" + loopback(echo_.port())}));
  EXPECT_TRUE(eventually(patience, [&] { return told_port(client.output()) != 0; })) << client.errors();
  const auto port = told_port(client.output());
  EXPECT_THAT(client.errors(), HasSubstr("Allocated port " + text(port) + " for remote forward"));
  EXPECT_TRUE(echoes_at(port));
}

TEST_F(Expose, a_client_without_a_session_is_served_until_it_goes) {
  begin();
  const FreePort port;
  Running client(dir_, ssh({"-N", "-R", to_echo(port.number())}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  client.process().signal(SIGTERM);
  EXPECT_TRUE(eventually(2s, [&] { return !echoes_at(port.number()); }));
  EXPECT_EQ(towline_->metric("towline_exposed", {{"kind", "tcp"}}), 0);
}

TEST_F(Expose, the_end_of_one_direction_leaves_the_other) {
  begin();
  const FreePort port;
  Running client(dir_, ssh({"-N", "-R", to_echo(port.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  auto visitor = Socket::connect(port.number(), 5s);
  ASSERT_TRUE(visitor);
  ASSERT_TRUE(visitor->send_all("last words", 5s));
  visitor->shutdown_write();
  EXPECT_EQ(visitor->receive(100, 5s), "last words");
}

TEST_F(Expose, what_is_not_to_be_had_is_a_failed_forward) {
  begin({{"TOWLINE_EXPOSE_PORTS", "2000-65535"}});
  const auto taken = Socket::listen(0);
  ASSERT_TRUE(taken);
  for (const auto port : {std::uint16_t{80}, std::uint16_t{1500}, taken->local_port()}) {
    const auto ran = run(ssh({"-N", "-R", to_echo(port)}));
    EXPECT_EQ(ran.code, 255) << port;
    EXPECT_THAT(ran.errors, HasSubstr("remote port forwarding failed for listen port " + text(port)));
  }
  EXPECT_EQ(towline_->metric("towline_exposed_refused_total", {{"reason", "port_in_use"}}), 1);
}

TEST_F(Expose, the_reason_of_a_refusal_stands_in_the_session) {
  begin();
  Running client(dir_, ssh({"-o", "ExitOnForwardFailure=no", "-R", to_echo(80)}));
  EXPECT_TRUE(has_told(client, "refused: 127.0.0.1:80: ")) << client.output() << client.errors();
}

TEST_F(Expose, a_unix_socket_is_refused_with_a_sentence) {
  begin();
  Running client(dir_,
                 ssh({"-o", "ExitOnForwardFailure=no", "-R", "/tmp/no.sock:" + loopback(echo_.port())}));
  EXPECT_TRUE(has_told(client, "refused: /tmp/no.sock: ")) << client.output() << client.errors();
}

TEST_F(Expose, one_of_three_forwards_is_cancelled_and_the_others_live) {
  begin();
  const FreePort first, second, third;
  const auto socket = dir_.path("master.sock");
  Master client(dir_,
                ssh({"-N", "-M", "-S", socket, "-R", to_echo(first.number()), "-R", to_echo(second.number()),
                     "-R", to_echo(third.number())}),
                socket);
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(third.number()); })) << client.client().errors();
  EXPECT_EQ(client.tell("cancel", {"-R", to_echo(second.number())}).code, 0);
  EXPECT_TRUE(eventually(5s, [&] { return !echoes_at(second.number()); }));
  EXPECT_TRUE(echoes_at(first.number()));
  EXPECT_TRUE(echoes_at(third.number()));
}

TEST_F(Expose, the_client_hears_what_it_asked_for_and_who_the_visitor_is) {
  begin();
  const FreePort port;
  Running client(dir_, ssh({"-N", "-v", "-R", text(port.number()) + ":" + loopback(echo_.port())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  EXPECT_THAT(client.errors(),
              HasSubstr("listen localhost port " + text(port.number()) + ", originator 127.0.0.1 port "));
}

TEST_F(Expose, who_may_not_log_in_has_no_forward) {
  begin();
  const auto stranger = make_key(dir_);
  const FreePort port;
  const auto ran = run(ssh_as(stranger, {"-N", "-R", to_echo(port.number())}));
  EXPECT_EQ(ran.code, 255);
  EXPECT_THAT(ran.errors, HasSubstr("Permission denied"));
}

TEST_F(Expose, a_key_may_be_narrowed_to_its_port) {
  const FreePort its, other;
  write_file(dir_.path("authorized_keys"), "restrict,port-forwarding,permitlisten=\"*:" + text(its.number()) +
                                               "\" " + key_.public_line + "\n");
  begin();
  EXPECT_EQ(run(ssh({"-N", "-R", to_echo(other.number())})).code, 255);
  Running client(dir_, ssh({"-N", "-R", to_echo(its.number())}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes_at(its.number()); })) << client.errors();
}

TEST_F(Expose, clients_are_listed_with_what_they_offer_and_sent_away_by_order) {
  begin({{"TOWLINE_CONTROL_LISTEN", dir_.path("control.sock")}});
  const FreePort port;
  Running client(dir_, ssh({"-N", "-R", to_echo(port.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  EXPECT_THAT(towline_->get("/statusz").body, HasSubstr("\"listens\":[\"tcp " + text(port.number()) + "\"]"));
  const auto ran = run({"/usr/bin/curl", "-s", "--unix-socket", dir_.path("control.sock"), "-X", "POST",
                        "http://localhost/-/clients/1/disconnect"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(client.ended_within(patience).errors, HasSubstr("disconnected by an operator"));
  EXPECT_FALSE(echoes_at(port.number()));
}

TEST_F(Expose, one_of_what_a_client_offers_is_ended_by_order_and_the_rest_stays) {
  begin({{"TOWLINE_CONTROL_LISTEN", dir_.path("control.sock")}});
  const FreePort ended, kept;
  Running client(dir_, ssh({"-N", "-R", to_echo(ended.number()), "-R", to_echo(kept.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(ended.number()) && echoes_at(kept.number()); }))
      << client.errors();
  const auto order = [&](const std::string& place) {
    return run({"/usr/bin/curl", "-s", "--unix-socket", dir_.path("control.sock"), "-X", "POST",
                "http://localhost/-/exposed/" + place + "/end"})
        .output;
  };
  EXPECT_THAT(order("tcp%201"), HasSubstr("nothing is exposed there"));
  EXPECT_EQ(order("tcp%20" + text(ended.number())), "ending\n");
  EXPECT_TRUE(eventually(patience, [&] { return !echoes_at(ended.number()); })) << towline_->log();
  EXPECT_TRUE(echoes_at(kept.number()));
  EXPECT_THAT(order("tcp%20" + text(ended.number())), HasSubstr("nothing is exposed there"));
}

TEST_F(Expose, the_end_lets_visitors_finish) {
  begin({{"TOWLINE_DRAIN_TIMEOUT", "20s"}});
  const FreePort port;
  Running client(dir_, ssh({"-N", "-R", to_echo(port.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  auto visitor = Socket::connect(port.number(), 5s);
  ASSERT_TRUE(visitor);
  ASSERT_TRUE(echoes(*visitor, 5s));
  towline_->terminate();
  EXPECT_TRUE(eventually(5s, [&] { return !Socket::connect(port.number(), 1s); }));
  EXPECT_TRUE(echoes(*visitor, 5s));
  EXPECT_TRUE(towline_->process().running());
  visitor->close();
  EXPECT_EQ(towline_->process().exit_code(patience), 0);
}

TEST_F(Expose, a_client_that_goes_ends_its_visitors_and_nothing_stays) {
  begin();
  const FreePort port;
  Running client(dir_, ssh({"-N", "-R", to_echo(port.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  auto visitor = Socket::connect(port.number(), 5s);
  ASSERT_TRUE(visitor && echoes(*visitor, 5s));
  client.process().signal(SIGKILL);
  EXPECT_TRUE(visitor->closed_within(5s));
  EXPECT_TRUE(eventually(5s, [&] {
    return towline_->metric("towline_connections_active", {{"forward", "expose"}}) == 0 &&
           towline_->metric("towline_clients") == 0;
  }));
}

TEST_F(Expose, a_visitor_that_goes_in_the_middle_leaves_the_client_to_others) {
  begin();
  const FreePort port;
  Running client(dir_, ssh({"-N", "-R", to_echo(port.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes_at(port.number()); })) << client.errors();
  for (int i = 0; i < 20; ++i) {
    auto visitor = Socket::connect(port.number(), 5s);
    ASSERT_TRUE(visitor);
    visitor->send_all(std::string(64 * kibibyte, 'x'), 5s);
    visitor->reset_on_close();
  }
  EXPECT_TRUE(echoes_at(port.number()));
  EXPECT_TRUE(eventually(
      5s, [&] { return towline_->metric("towline_connections_active", {{"forward", "expose"}}) == 0; }));
}

TEST_F(Expose, a_towline_is_a_client_like_others) {
  begin();
  const FreePort port;
  Towline client(dir_, {{"SSH_REMOTE_HOST", "127.0.0.1"},
                        {"SSH_REMOTE_PORT", text(entry_.number())},
                        {"SSH_REMOTE_USER", "anybody"},
                        {"SSH_KEY_FILE", key_.private_file},
                        {"SSH_KNOWN_HOSTS_FILE", dir_.path("known_hosts")},
                        {"SSH_FORWARDS", "echo=-R " + to_echo(port.number()) + " probe=tcp"}});
  EXPECT_TRUE(client.ready_within(patience)) << client.log();
  EXPECT_TRUE(echoes_at(port.number()));
}

class ExposeStart : public ExposeTest {};

TEST_F(ExposeStart, with_an_address_that_another_program_has_is_none) {
  const auto taken = Socket::listen(0);
  ASSERT_TRUE(taken);
  auto variables = environment();
  variables["TOWLINE_SSH_LISTEN"] = loopback(taken->local_port());
  Towline towline(dir_, variables);
  EXPECT_EQ(towline.process().exit_code(patience), 73) << towline.log();
}

TEST_F(ExposeStart, without_keys_on_every_address_is_a_problem) {
  auto variables = environment();
  variables.erase("TOWLINE_AUTHORIZED_KEYS_FILE");
  variables["TOWLINE_SSH_LISTEN"] = ":" + text(entry_.number());
  Towline towline(dir_, variables);
  EXPECT_EQ(towline.process().exit_code(patience), 78);
  EXPECT_TRUE(towline.logged("everybody could log in"));
}

TEST_F(ExposeStart, names_what_is_for_a_server) {
  auto variables = environment();
  variables["SSH_REMOTE_HOST"] = "example.com";
  Towline towline(dir_, variables);
  EXPECT_TRUE(towline.ready_within(patience)) << towline.log();
  EXPECT_TRUE(towline.logged("there is no server that towline connects to"));
  EXPECT_THAT(towline.log(), Not(HasSubstr("SSH_KEY_FILE")));
}

}  // namespace

}  // namespace towline::fixtures
