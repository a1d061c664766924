// What a channel gives to whoever takes it: into a sink, in its order.
#include "ssh/session/channel.hpp"

#include "unit/ssh/session/both_roles.hpp"

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Bytes said(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string word(std::string_view name, Bytes bytes) {
  return std::string(name) + std::string(bytes.begin(), bytes.end());
}

struct Poured final : Channel::Sink {
  std::size_t on_data(std::uint32_t stream, Bytes data) override {
    words.push_back(word(std::to_string(stream) + ":", data));
    return takes ? data.size() : 0;
  }
  void on_request(std::string_view type, Bytes payload, std::optional<connection::RequestId>) override {
    words.push_back(word(std::string(type) + " ", payload));
  }
  void on_reply(bool success) override { words.emplace_back(success ? "yes" : "no"); }
  void on_eof() override { words.emplace_back("eof"); }
  void on_refused(std::uint32_t code, std::string_view text) override {
    words.push_back(std::to_string(code) + " " + std::string(text));
  }
  void on_closed(const Failure& why) override { words.push_back(why.code.message()); }

  bool takes = true;
  std::vector<std::string> words{};
};

// A session channel that the client's end pours.
struct PouredChannel : testing::Test {
  PouredChannel() {
    std::optional<Result<Channel>> opening;
    both.begin(both.session.open(connection::SessionChannel{}, much_later()), opening);
    both.turn();
    server.emplace(std::move(both.role.offers.front().channel));
    both.role.offers.pop_front();
    server->accept();
    both.turn();
    client.emplace(std::move(**opening));
  }

  void say_everything() {
    server->write(said("a"));
    server->write_stderr(said("b"));
    server->request("signal", false, said("INT"));
    server->write(said("c"), 9);
    server->send_eof();
    server->request("exit-status", false, said("0"));
  }

  Poured poured;
  BothRoles both;
  std::optional<Channel> client;
  std::optional<Channel> server;
};

TEST_F(PouredChannel, gives_everything_in_its_order) {
  client->tell(&poured);
  say_everything();
  server->close();
  both.turn();
  EXPECT_THAT(poured.words, ElementsAre("0:a", "1:b", "signal INT", "9:c", "eof", "exit-status 0",
                                        make_error_code(errc::channel_closed).message()));
}

TEST_F(PouredChannel, gives_what_was_kept_first) {
  struct Deaf final : Channel::Asked {
    void on_request(std::string_view, Bytes, std::optional<connection::RequestId>) override {}
    void on_reply(bool) override {}
  } deaf;
  client->tell(&deaf);
  say_everything();
  both.turn();
  client->tell(&poured);
  EXPECT_THAT(poured.words, ElementsAre("0:a", "1:b", "eof"));
  EXPECT_FALSE((*client->unread())->size()) << "nothing is kept";
  poured.words.clear();
  server->close();
  both.turn();
  client->tell(&poured);
  EXPECT_EQ(poured.words.size(), 2U) << "told when it was closed, and who asks later is told as well";
}

TEST_F(PouredChannel, opens_its_window_when_the_bytes_have_been_consumed) {
  poured.takes = false;
  client->tell(&poured);
  std::size_t sent = 0;
  while (server->sendable() > 0) {
    const std::vector<std::uint8_t> piece(server->sendable());
    server->write(piece);
    sent += piece.size();
    both.turn();
  }
  client->consumed(sent);
  both.turn();
  EXPECT_GT(server->sendable(), 0U);
  poured.takes = true;
  for (std::size_t more = 0; more < 2 * sent; more += 1000) {
    ASSERT_GE(server->sendable(), 1000U) << "what is taken at once opens it too";
    server->write(std::vector<std::uint8_t>(1000));
    both.turn();
  }
}

TEST_F(PouredChannel, does_not_tell_who_closes_it) {
  client->tell(&poured);
  client->close();
  both.turn();
  EXPECT_THAT(poured.words, IsEmpty());
}

TEST_F(PouredChannel, does_not_tell_who_refuses_it) {
  std::optional<Result<Channel>> opening;
  both.begin(both.session.open(connection::SessionChannel{}, much_later()), opening);
  both.turn();
  auto& offered = both.role.offers.front().channel;
  offered.tell(&poured);
  offered.refuse(errc::open_resource_shortage, "no");
  both.turn();
  EXPECT_THAT(poured.words, IsEmpty());
}

TEST_F(PouredChannel, tells_how_its_connection_ended) {
  server->tell(&poured);
  Poured other;
  client->tell(&other);
  both.tasks.spawn(both.server.close(much_later()));
  both.turn();
  EXPECT_THAT(poured.words, ElementsAre(make_error_code(errc::session_closed).message()));
}

// A sink may close other channels of the connection while it ends.
TEST_F(PouredChannel, may_be_closed_while_its_connection_ends) {
  struct Closes final : Channel::Sink {
    explicit Closes(Channel& o) : other(o) {}
    std::size_t on_data(std::uint32_t, Bytes data) override { return data.size(); }
    void on_request(std::string_view, Bytes, std::optional<connection::RequestId>) override {}
    void on_reply(bool) override {}
    void on_eof() override {}
    void on_refused(std::uint32_t, std::string_view) override {}
    void on_closed(const Failure&) override { other.close(); }
    Channel& other;
  };
  std::optional<Result<Channel>> opening;
  both.begin(both.session.open(connection::SessionChannel{}, much_later()), opening);
  both.turn();
  auto second = std::move(both.role.offers.front().channel);
  second.accept();
  both.turn();
  Closes closes(second);
  server->tell(&closes);
  second.tell(&poured);
  both.tasks.spawn(both.server.close(much_later()));
  both.turn();
  EXPECT_TRUE(second.end());
  EXPECT_THAT(poured.words, IsEmpty()) << "it was closed by us first";
}

TEST_F(PouredChannel, answers_for_the_connection_whoever_hears_the_channel) {
  Poured server_heard;
  server->tell(&server_heard);
  client->tell(&poured);
  server->request("keepalive@openssh.com", true, {});
  server->request("keepalive@openssh.com", false, {});
  both.turn();
  EXPECT_THAT(poured.words, IsEmpty());
  EXPECT_THAT(server_heard.words, ElementsAre("no"));
}

TEST_F(PouredChannel, accepts_requests_while_its_wire_takes_them) {
  EXPECT_TRUE(server->accepts_request());
  both.pair.begin_key_exchange(1);
  EXPECT_FALSE(server->accepts_request());
  std::optional<Result<std::size_t>> waited;
  both.begin(server->wait_accepts_request(), waited);
  both.turn();
  EXPECT_FALSE(waited);
  both.pair.end_key_exchange(1);
  both.turn();
  EXPECT_TRUE(waited && *waited);
  both.pair.narrow(1, 0);
  while (server->accepts_request()) server->write(std::vector<std::uint8_t>(server->sendable()));
  waited.reset();
  both.begin(server->wait_accepts_request(), waited);
  both.turn();
  EXPECT_FALSE(waited);
  both.pair.narrow(1, 1'000'000);
  both.turn();
  EXPECT_TRUE(waited && *waited);
  server->close();
  EXPECT_FALSE(server->accepts_request());
}

// Data goes to a taker at the end of the turn, and an answer is not to be ahead of it.
TEST_F(PouredChannel, gives_an_answer_behind_the_data_before_it_to_a_taker_as_well) {
  struct Takes final : Channel::Taker, Channel::Asked {
    Result<std::size_t> take(std::span<const Bytes> pieces) override {
      words.emplace_back("data");
      return pieces.front().size();
    }
    void on_request(std::string_view, Bytes, std::optional<connection::RequestId>) override {}
    void on_reply(bool) override { words.emplace_back("answer"); }
    std::vector<std::string> words{};
  } takes;
  client->give_to(&takes);
  client->tell(&takes);
  Poured server_heard;
  struct Answers final : Channel::Asked {
    void on_request(std::string_view, Bytes, std::optional<connection::RequestId> i) override { id = i; }
    void on_reply(bool) override {}
    std::optional<connection::RequestId> id{};
  } answers;
  server->tell(&answers);
  client->request("shell", true, {});
  both.turn();
  server->write(said("x"));
  server->answer(*answers.id, true);
  both.turn();
  EXPECT_THAT(takes.words, ElementsAre("data", "answer"));
  client->give_to(nullptr);
  client->tell(nullptr);
  server->tell(nullptr);
}

}  // namespace
}  // namespace towline::ssh
