// What is carried one way, and what is held.
#include "relay/way.hpp"

#include "unit/relay/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace towline::relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t small = 100;  // a window

// The client's window is small, the relay's is not.
struct SlowReader : testing::Test {
  SlowReader() {
    client.heard.reads = false;
    chain.open(client, server);
  }

  std::size_t held() const { return chain.relayed.front().relay->held(); }

  Chain chain{{.client = window_of(small), .relay = window_of(1000), .server = {}}};
  End client;
  End server;
};

TEST(Way, what_is_said_is_heard_in_its_order) {
  Chain chain;
  End client;
  End server;
  chain.open(client, server);
  client.channel->request("env", false, octets("LANG"));
  client.channel->request("exec", true, octets("uptime"));
  client.channel->write(octets("in"));
  client.channel->send_eof();
  chain.turn();
  EXPECT_THAT(server.heard.words, ElementsAre("env(LANG)", "exec(uptime)?", "data:in", "eof"));
  server.channel->answer(server.heard.ids[0], true);
  server.channel->write(octets("one"));
  server.channel->write_stderr(octets("two"));
  server.channel->write(octets("three"));
  server.channel->request("exit-signal", false, octets("TERM"));
  server.channel->send_eof();
  server.channel->request("exit-status", false, octets("0"));
  server.channel->close();
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("yes", "data:one", "stderr:two", "data:three",
                                              "exit-signal(TERM)", "eof", "exit-status(0)", "closed"));
  EXPECT_EQ(chain.relayed.front().relay->carried(), (Carried{2, 11}));
}

TEST(Way, extended_data_keeps_its_type) {
  Chain chain;
  End client;
  End server;
  chain.open(client, server);
  server.channel->write(octets("what comes tomorrow"), 7);
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("7:what comes tomorrow"));
}

TEST(Way, an_answer_goes_to_the_request_that_asked_and_not_before_it_is_given) {
  Chain chain;
  End client;
  End server;
  chain.open(client, server);
  for (const auto* type : {"pty-req", "x11-req", "shell"}) client.channel->request(type, true, {});
  chain.turn();
  EXPECT_THAT(client.heard.words, IsEmpty());
  server.channel->answer(server.heard.ids[1], false);
  chain.turn();
  EXPECT_THAT(client.heard.words, IsEmpty()) << "the first is asked still";
  server.channel->answer(server.heard.ids[0], true);
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("yes", "no"));
  server.channel->answer(server.heard.ids[2], true);
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("yes", "no", "yes"));
}

TEST(Way, eof_from_one_side_leaves_the_other_running) {
  Chain chain;
  End client;
  End server;
  chain.open(client, server);
  client.channel->send_eof();
  chain.turn();
  server.channel->write(octets("later"));
  chain.turn();
  EXPECT_THAT(server.heard.words, ElementsAre("eof"));
  EXPECT_THAT(client.heard.words, ElementsAre("data:later"));
}

TEST(Way, nothing_is_said_that_was_not) {
  Chain chain;
  End client;
  End server;
  chain.open(client, server);
  server.channel->close();
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("closed")) << "no EOF, no exit status";
  EXPECT_THAT(server.heard.words, IsEmpty());
}

TEST_F(SlowReader, stops_the_sender_and_nothing_is_held_beyond_the_window) {
  const auto said = chain.fill(*server.channel);
  EXPECT_EQ(client.heard.words.front(), "data:" + said.substr(0, small));
  EXPECT_EQ(held(), said.size() - small);
  EXPECT_LE(held(), 1000U);
  EXPECT_EQ(server.channel->sendable(), 0U);
  client.heard.read_on(*client.channel);
  chain.turn();
  EXPECT_EQ(client.heard.words.front(), "data:" + said);
  EXPECT_EQ(held(), 0U);
  EXPECT_GT(server.channel->sendable(), 0U) << "the window is opened when the bytes have been taken";
}

TEST_F(SlowReader, gets_requests_stderr_and_the_end_behind_the_data_before_them) {
  const std::string data(small + 50, 'x');
  server.channel->write(octets(data));
  server.channel->write_stderr(octets("err"));
  server.channel->write(octets("out"));
  server.channel->request("xon-xoff", false, {});
  server.channel->write(octets("more"));
  server.channel->request("exit-status", false, octets("3"));
  server.channel->send_eof();
  server.channel->close();
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("data:" + data.substr(0, small)));
  client.heard.read_on(*client.channel);
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("data:" + data, "stderr:err", "data:out", "xon-xoff()",
                                              "data:more", "exit-status(3)", "eof", "closed"));
}

TEST_F(SlowReader, gets_an_answer_in_front_of_the_data_that_it_does_not_read) {
  chain.fill(*server.channel);
  client.channel->request("break", true, {});
  chain.turn();
  server.channel->answer(server.heard.ids[0], true);
  chain.turn();
  EXPECT_EQ(client.heard.words.back(), "yes");
}

TEST_F(SlowReader, does_not_stop_what_goes_the_other_way_or_beside_it) {
  chain.fill(*server.channel);
  client.channel->write(octets("^C"));
  End other_client;
  End other_server;
  chain.open(other_client, other_server);
  other_server.channel->write(octets("hello"));
  chain.turn();
  EXPECT_THAT(server.heard.words, ElementsAre("data:^C"));
  EXPECT_THAT(other_client.heard.words, ElementsAre("data:hello"));
}

TEST_F(SlowReader, is_closed_on_the_other_side_at_once_and_reads_on) {
  const auto said = chain.fill(*server.channel);
  client.channel->request("shell", true, {});
  client.channel->write(octets("unheard"));
  server.channel->close();
  chain.turn();
  EXPECT_EQ(client.heard.words.size(), 1U) << "the window is closed, the channel is not";
  // What nobody hears any more does not stop the client before it has read.
  for (int n = 0; n < 100; ++n) {
    ASSERT_GT(client.channel->sendable(), 0U);
    client.channel->write(octets(std::string(50, 'y')));
    chain.turn();
  }
  client.heard.read_on(*client.channel);
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("data:" + said, "closed"));
}

TEST_F(SlowReader, that_goes_leaves_nothing_behind) {
  chain.fill(*server.channel);
  client.channel->close();
  chain.turn();
  EXPECT_EQ(server.heard.words.back(), "closed");
  EXPECT_EQ(held(), 0U);
  ASSERT_TRUE(chain.relayed.front().result);
  EXPECT_EQ((*chain.relayed.front().result)->end, RelayEnd::closed);
  EXPECT_EQ((*chain.relayed.front().result)->by, Side::a);
}

TEST_F(SlowReader, that_is_asked_without_end_is_given_up) {
  server.channel->write(octets(std::string(small + 1, 'x')));
  for (std::size_t n = 0; n < Held::items_max && server.heard.words.empty(); ++n) {
    server.channel->request("window-change", false, octets("80x25"));
    chain.turn();
  }
  EXPECT_EQ(server.heard.words.back(), "closed");
  EXPECT_EQ(client.heard.words.back(), "closed");
  EXPECT_EQ((*chain.relayed.front().result)->end, RelayEnd::flooded);
  EXPECT_EQ((*chain.relayed.front().result)->by, Side::b);
}

// OpenSSH's sshd asks on a channel whether the connection lives, and ends all of it when nobody answers.
TEST_F(SlowReader, is_not_asked_whether_the_connection_lives) {
  chain.fill(*server.channel);
  server.channel->request("keepalive@openssh.com", true, {});
  chain.turn();
  EXPECT_THAT(server.heard.words, ElementsAre("no"));
  EXPECT_EQ(client.heard.words.size(), 1U);
}

TEST(Way, requests_wait_for_a_wire_that_is_full) {
  Chain chain;
  End client;
  End server;
  chain.open(client, server);
  chain.client_wire.narrow(1, 1);
  server.channel->write(octets(std::string(32'000, 'x')));
  chain.turn();
  for (int n = 0; n < 40; ++n)
    server.channel->request("window-change", false, octets(std::string(6000, 'x')));
  chain.turn();
  EXPECT_LT(chain.near.packets().backlog(), 140'000U);
  chain.client_wire.narrow(1, 1'000'000);
  chain.turn();
  EXPECT_EQ(client.heard.words.size(), 41U);
}

TEST(Way, a_key_exchange_keeps_the_order) {
  Chain chain;
  End client;
  End server;
  chain.open(client, server);
  chain.server_wire.begin_key_exchange(0);
  client.channel->write(octets("a"));
  client.channel->request("signal", false, octets("INT"));
  client.channel->write(octets("b"));
  client.channel->send_eof();
  chain.turn();
  EXPECT_THAT(server.heard.words, IsEmpty());
  chain.server_wire.end_key_exchange(0);
  chain.turn();
  EXPECT_THAT(server.heard.words, ElementsAre("data:a", "signal(INT)", "data:b", "eof"));
}

// All have a window full of data to hand on, on a wire that takes a packet at a time.
TEST(Way, busy_channels_take_turns) {
  Chain chain;
  std::array<End, 5> clients;
  std::array<End, 5> servers;
  for (std::size_t n = 0; n < servers.size(); ++n) chain.open(clients[n], servers[n]);
  chain.client_wire.narrow(1, 0);
  for (auto& server : servers) chain.fill(*server.channel);
  for (const auto& relayed : chain.relayed) ASSERT_GT(relayed.relay->held(), 1'500'000U);
  chain.client_wire.narrow(1, 1);
  const auto heard = [](const End& end) {
    return end.heard.words.empty() ? 0 : end.heard.words.front().size();
  };
  chain.io.restart();
  while (std::ranges::none_of(clients, [&](const End& end) { return heard(end) > 1'000'000; })) {
    ASSERT_GT(chain.io.poll_one(), 0U);
  }
  for (const auto& client : clients) EXPECT_GT(heard(client), 500'000U);
}

}  // namespace
}  // namespace towline::relay
