// How a relay is opened, and how it ends.
#include "relay/relay.hpp"

#include "unit/relay/chain.hpp"

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::relay {
namespace {

using ssh::errc;
using ssh::connection::OpaqueChannel;
using testing::ElementsAre;
using testing::IsEmpty;

struct Joined : testing::Test {
  Joined() { chain.open(client, server); }

  const RelayResult& result() const { return **chain.relayed.front().result; }

  Chain chain;
  End client;
  End server;
};

TEST(RelayOpen, asks_for_the_same_type_with_the_same_payload) {
  Chain chain;
  auto& opening = chain.ask({"tomorrow@example.com", {1, 2, 3, 0, 255}});
  ASSERT_EQ(chain.server_role.offers.size(), 1U);
  EXPECT_EQ(chain.server_role.offers.front().type, "tomorrow@example.com");
  EXPECT_THAT(chain.server_role.offers.front().payload, ElementsAre(1, 2, 3, 0, 255));
  EXPECT_FALSE(opening.result) << "not before the server has answered";
  chain.server_role.offers.front().channel.accept();
  chain.turn();
  EXPECT_TRUE(opening.result && *opening.result);
}

TEST(RelayOpen, a_refusal_comes_back_with_its_code_and_every_octet_of_its_text) {
  Chain chain;
  auto& opening = chain.ask({"direct-tcpip", {}});
  chain.server_role.offers.front().channel.refuse(std::uint32_t{0xfe000001}, "not\ntoday\x1b[31m");
  chain.turn();
  ASSERT_TRUE(opening.result && !*opening.result);
  EXPECT_THAT(opening.heard.words, ElementsAre("refused 4261412865 not\ntoday\x1b[31m", "lost"));
  EXPECT_EQ((*chain.relayed.front().result).error().code, errc::open_connect_failed);
}

TEST(RelayOpen, a_target_that_hangs_delays_no_other) {
  Chain chain;
  auto& hangs = chain.ask({"direct-tcpip", {}});
  const auto pending = std::move(chain.server_role.offers.front());
  chain.server_role.offers.clear();
  End client;
  End server;
  chain.open(client, server);
  server.channel->write(octets("hello"));
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("data:hello"));
  EXPECT_FALSE(hangs.result);
}

TEST(RelayOpen, what_the_server_says_with_its_answer_is_heard_after_it) {
  Chain chain;
  auto& opening = chain.ask({"direct-tcpip", {}});
  auto& at_server = chain.server_role.offers.front().channel;
  at_server.accept();
  at_server.write(octets("220 ready"));
  at_server.request("signal", false, octets("HUP"));
  at_server.send_eof();
  at_server.close();
  chain.turn();
  EXPECT_TRUE(opening.result && *opening.result);
  EXPECT_THAT(opening.heard.words, ElementsAre("data:220 ready", "signal(HUP)", "eof", "closed"));
}

TEST(RelayOpen, is_given_up_with_the_client) {
  Chain chain;
  chain.ask({"direct-tcpip", {}});
  chain.lose(chain.near);
  ASSERT_TRUE(chain.relayed.front().result);
  EXPECT_EQ(chain.relayed.front().result->error().code, errc::session_closed);
  auto& heard = chain.transcript();
  auto& at_server = chain.server_role.offers.front().channel;
  at_server.tell(&heard);
  at_server.accept();
  chain.turn();
  EXPECT_THAT(heard.words, ElementsAre("closed")) << "a late answer opens nothing";
}

TEST(RelayOpen, is_refused_when_the_upstream_connection_is_lost) {
  Chain chain;
  auto& opening = chain.ask({"direct-tcpip", {}});
  chain.lose(chain.upstream);
  EXPECT_THAT(opening.heard.words, ElementsAre("refused 2 not to be opened", "lost"));
}

TEST(RelayOpen, can_be_tried_again_elsewhere) {
  Chain chain;
  Chain elsewhere;
  chain.near_role.on_offer = {};
  auto& opening = chain.ask({"session", {}});
  Relay relay(chain.io.get_executor(), std::move(chain.near_role.offers.front().channel));
  std::optional<Result<>> opened;
  chain.begin(relay.open(chain.upstream, OpaqueChannel{"session", {}}, much_later()), opened);
  chain.turn();
  chain.server_role.offers.front().channel.refuse(errc::open_resource_shortage, "MaxSessions");
  chain.turn();
  ASSERT_TRUE(opened && !*opened);
  ASSERT_TRUE(relay.refusal());
  EXPECT_EQ(relay.refusal()->text, "MaxSessions");
  EXPECT_FALSE(opening.result) << "the client has not been told";
  opened.reset();
  chain.begin(relay.open(chain.upstream, OpaqueChannel{"session", {}}, much_later()), opened);
  chain.turn();
  EXPECT_FALSE(relay.refusal());
  chain.server_role.offers.back().channel.accept();
  chain.turn();
  ASSERT_TRUE(opened && *opened);
  EXPECT_TRUE(opening.result && *opening.result);
}

TEST(RelayOpen, has_its_deadline) {
  Chain chain;
  chain.near_role.on_offer = {};
  auto& opening = chain.ask({"direct-tcpip", {}});
  std::optional<Result<RelayResult>> result;
  chain.begin(relay_open(std::move(chain.near_role.offers.front().channel), OpaqueChannel{"direct-tcpip", {}},
                         chain.upstream, std::chrono::steady_clock::now()),
              result);
  chain.turn_until([&] { return opening.result.has_value(); });
  EXPECT_EQ(result->error().code, errc::open_timeout);
  EXPECT_EQ(opening.heard.words.front(), "refused 2 " + make_error_code(errc::open_timeout).message());
}

TEST(RelayOpen, joins_what_it_has_opened) {
  Chain chain;
  chain.near_role.on_offer = {};
  auto& opening = chain.ask({"session", {}});
  std::optional<Result<RelayResult>> result;
  chain.begin(relay_open(std::move(chain.near_role.offers.front().channel), OpaqueChannel{"session", {}},
                         chain.upstream, much_later()),
              result);
  chain.turn();
  auto& at_server = chain.server_role.offers.front().channel;
  at_server.accept();
  at_server.write(octets("hello"));
  at_server.close();
  chain.turn();
  EXPECT_THAT(opening.heard.words, ElementsAre("data:hello", "closed"));
  ASSERT_TRUE(result && *result);
  EXPECT_EQ((*result)->end, RelayEnd::closed);
  EXPECT_EQ((*result)->by, Side::b);
  EXPECT_EQ((*result)->carried, (Carried{0, 5}));
}

TEST(Relay, joins_two_open_channels_and_hands_on_what_they_have_kept) {
  Chain chain;
  chain.near_role.on_offer = {};
  auto& opening = chain.ask({"session", {}});
  auto a = std::move(chain.near_role.offers.front().channel);
  a.accept();
  std::optional<Result<Channel>> b;
  chain.begin(chain.upstream.open(OpaqueChannel{"session", {}}, much_later()), b);
  chain.turn();
  auto& at_server = chain.server_role.offers.front().channel;
  auto& heard = chain.transcript();
  at_server.tell(&heard);
  at_server.accept();
  (*opening.result)->write(octets("early"));
  (*opening.result)->send_eof();
  chain.turn();
  std::optional<RelayResult> result;
  chain.begin(relay(std::move(a), std::move(**b)), result);
  chain.turn();
  at_server.close();
  chain.turn();
  EXPECT_THAT(heard.words, ElementsAre("data:early", "eof"));
  EXPECT_THAT(opening.heard.words, ElementsAre("closed"));
  EXPECT_TRUE(result);
}

TEST_F(Joined, a_lost_server_closes_the_channel_at_once_without_a_status) {
  client.heard.reads = false;
  chain.fill(*server.channel);
  server.channel->request("exit-status", false, octets("0"));
  chain.turn();
  const auto heard = client.heard.words.size();
  chain.lose(chain.upstream);
  EXPECT_EQ(client.heard.words.size(), heard + 1);
  EXPECT_EQ(client.heard.words.back(), "closed");
  EXPECT_EQ(result().end, RelayEnd::session_lost);
  EXPECT_EQ(result().by, Side::b);
  EXPECT_FALSE(chain.near.end()) << "the client's connection stays";
}

TEST_F(Joined, a_lost_client_closes_the_channel_of_the_server) {
  chain.lose(chain.near);
  EXPECT_THAT(server.heard.words, ElementsAre("closed"));
  EXPECT_EQ(result().end, RelayEnd::session_lost);
  EXPECT_EQ(result().by, Side::a);
  EXPECT_EQ(chain.upstream.channels(), 0U);
}

TEST_F(Joined, a_relay_whose_connections_are_both_lost_ends) {
  chain.tasks.spawn(chain.near.close(much_later()));
  chain.tasks.spawn(chain.upstream.close(much_later()));
  chain.turn();
  EXPECT_EQ(result().end, RelayEnd::session_lost);
}

TEST_F(Joined, a_relay_that_is_cancelled_closes_both) {
  chain.near_role.on_offer = {};
  auto& opening = chain.ask({"session", {}});
  TaskGroup group(chain.io.get_executor());
  std::optional<Result<RelayResult>> result;
  struct Keep {
    static Task<> in(Task<Result<RelayResult>> task, std::optional<Result<RelayResult>>& result) {
      result.emplace(co_await std::move(task));
    }
  };
  group.spawn(Keep::in(relay_open(std::move(chain.near_role.offers.front().channel),
                                  OpaqueChannel{"session", {}}, chain.upstream, much_later()),
                       result));
  chain.turn();
  auto& heard = chain.transcript();
  auto& at_server = chain.server_role.offers.front().channel;
  at_server.tell(&heard);
  at_server.accept();
  chain.turn();
  ASSERT_TRUE(opening.result && *opening.result);
  asio::post(chain.io, [&] { group.cancel(); });
  chain.turn();
  EXPECT_EQ((*result)->end, RelayEnd::cancelled);
  EXPECT_THAT(heard.words, ElementsAre("closed"));
  EXPECT_THAT(opening.heard.words, ElementsAre("closed"));
}

TEST_F(Joined, what_one_side_closes_is_over_for_the_other_and_leaves_no_channel) {
  client.channel->close();
  chain.turn();
  EXPECT_THAT(server.heard.words, ElementsAre("closed"));
  for (auto* connection : {&chain.client, &chain.near, &chain.upstream, &chain.server})
    EXPECT_EQ(connection->channels(), 0U);
}

// Written down as it is heard.
struct Recording final : Tap {
  bool on_data(Side from, std::uint32_t stream, Bytes data) override {
    return add(from, std::to_string(stream) + ":" + text_of(data));
  }
  Ruling on_request(Side from, std::string_view type, Bytes payload, bool want_reply) override {
    if (type == refuses) return Ruling::refuse;
    const bool goes_on =
        add(from, std::string(type) + "(" + text_of(payload) + ")" + (want_reply ? "?" : ""));
    return goes_on ? Ruling::pass : Ruling::end;
  }
  std::optional<OtherRequest> instead_of(Side, std::string_view type) override {
    if (type != replaced) return std::nullopt;
    return OtherRequest{"shell", {'x'}};
  }
  bool on_reply(Side from, bool success) override { return add(from, success ? "yes" : "no"); }
  bool on_eof(Side from) override { return add(from, "eof"); }
  void on_close(Side from) override { add(from, "closed"); }

  bool add(Side from, std::string word) {
    words.push_back((from == Side::a ? "a " : "b ") + std::move(word));
    return words.back() != ends_at;
  }

  std::string ends_at{};
  std::string refuses{};
  std::string replaced{};
  std::vector<std::string> words{};
};

struct TappedTalk {
  void talk() {
    chain.tap = &recording;
    chain.open(client, server);
    client.channel->request("exec", true, octets("id"));
    client.channel->write(octets("in"));
    chain.turn();
    if (!server.heard.ids.empty()) server.channel->answer(server.heard.ids[0], true);
    server.channel->write_stderr(octets("out"));
    server.channel->send_eof();
    server.channel->close();
    chain.turn();
  }

  Recording recording;
  Chain chain;
  End client;
  End server;
};

struct Tapped : testing::Test, TappedTalk {};

TEST_F(Tapped, may_have_something_else_asked_for) {
  recording.replaced = "exec";
  talk();
  EXPECT_THAT(server.heard.words, testing::Contains(testing::HasSubstr("shell(x)")));
  EXPECT_THAT(recording.words, testing::IsSupersetOf({"a exec(id)?", "b yes"}));
}

TEST_F(Tapped, sees_everything_that_passes) {
  talk();
  EXPECT_THAT(recording.words, ElementsAre("a exec(id)?", "a 0:in", "b yes", "b 1:out", "b eof", "b closed"));
}

TEST_F(Tapped, can_refuse_a_request_and_its_answer_has_its_place) {
  chain.tap = &recording;
  recording.refuses = "auth-agent-req@openssh.com";
  chain.open(client, server);
  client.channel->request("shell", true, {});
  client.channel->request("auth-agent-req@openssh.com", true, {});
  client.channel->request("auth-agent-req@openssh.com", false, {});
  chain.turn();
  EXPECT_THAT(server.heard.words, ElementsAre("shell()?"));
  EXPECT_THAT(client.heard.words, IsEmpty()) << "the answer of the first comes first";
  server.channel->answer(server.heard.ids[0], true);
  chain.turn();
  EXPECT_THAT(client.heard.words, ElementsAre("yes", "no"));
}

TEST_F(Tapped, sees_nothing_that_is_held) {
  Chain slow{{.client = window_of(10), .relay = {}, .server = {}}};
  slow.tap = &recording;
  client.heard.reads = false;
  slow.open(client, server);
  server.channel->write(octets("0123456789abc"));
  slow.turn();
  EXPECT_THAT(recording.words, ElementsAre("b 0:0123456789"));
  client.heard.read_on(*client.channel);
  slow.turn();
  EXPECT_THAT(recording.words, ElementsAre("b 0:0123456789", "b 0:abc"));
  client.channel.reset();
  server.channel.reset();
}

TEST_F(Tapped, can_end_the_relay_at_everything) {
  for (const auto* at : {"a exec(id)?", "a 0:in", "b yes", "b 1:out", "b eof"}) {
    SCOPED_TRACE(at);
    TappedTalk again;
    again.recording.ends_at = at;
    again.talk();
    EXPECT_EQ(again.recording.words.back(), at) << "nothing behind it";
    EXPECT_EQ((*again.chain.relayed.front().result)->end, RelayEnd::tapped);
    EXPECT_EQ(again.client.heard.words.back(), "closed");
    EXPECT_EQ(std::ranges::count(again.client.heard.words, "stderr:out"), at == std::string_view("b eof"));
  }
}

}  // namespace
}  // namespace towline::relay
