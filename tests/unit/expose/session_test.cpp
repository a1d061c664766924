#include "expose/session.hpp"

#include "doubles/packets_pair.hpp"
#include "ssh/wire/writer.hpp"
#include "unit/ssh/session/both_roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace towline::expose {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Lines, come_in_their_order) {
  Lines lines;
  lines.add("a");
  lines.add("b");
  std::size_t dropped = 1;
  EXPECT_EQ(lines.take(dropped), "a");
  EXPECT_EQ(lines.take(dropped), "b");
  EXPECT_EQ(dropped, 0U);
  EXPECT_TRUE(lines.empty());
}

TEST(Lines, beyond_the_bound_are_dropped_and_counted) {
  Lines lines;
  for (std::size_t i = 0; i < Lines::lines_max + 3; ++i) lines.add(std::to_string(i));
  std::size_t dropped = 0;
  for (std::size_t i = 0; i < Lines::lines_max; ++i) EXPECT_EQ(lines.take(dropped), std::to_string(i));
  EXPECT_FALSE(lines.empty());
  lines.add("late: the count is told before it");
  EXPECT_EQ(lines.take(dropped), "");
  EXPECT_EQ(dropped, 4U);
  EXPECT_TRUE(lines.empty());
}

// A client's end of the channel: what it has read, and how it was ended.
struct Reader final : ssh::Channel::Sink {
  std::size_t on_data(std::uint32_t stream, ssh::Bytes data) override {
    if (stalls) return 0;
    (stream == 0 ? output : errors).append(data.begin(), data.end());
    return data.size();
  }
  void on_eof() override { eof = true; }
  void on_refused(std::uint32_t, std::string_view) override {}
  void on_closed(const Failure&) override { closed = true; }
  void on_request(std::string_view type, ssh::Bytes payload,
                  std::optional<ssh::connection::RequestId>) override {
    requests.emplace_back(type);
    last.assign(payload.begin(), payload.end());
  }
  void on_reply(bool success) override { replies.push_back(success); }

  bool stalls = false;
  std::string output, errors;
  std::vector<std::string> requests;
  std::vector<std::uint8_t> last;
  std::vector<bool> replies;
  bool eof = false;
  bool closed = false;
};

class SessionTest : public testing::Test, protected Turns, private Session::Owner {
 protected:
  SessionTest()
      : pair_(io.get_executor()),
        client_(io.get_executor(), pair_.client(), ssh::never_asks, std::chrono::hours(1), observer_),
        server_(io.get_executor(), pair_.server(),
                {.keepalive = ssh::never_asks, .answer_timeout = std::chrono::hours(1)}, role_, observer_) {
    begin(client_.run(), client_ended_);
    begin(server_.run(), server_ended_);
    begin(client_.open(ssh::connection::SessionChannel{}, ssh::much_later()), opened_);
    turn();
    session_.emplace(io.get_executor(), std::move(role_.offers.at(0).channel),
                     static_cast<Session::Owner&>(*this));
    begin(run(*session_), ran_);
    turn();
    channel_.emplace(std::move(**opened_));
    channel_->tell(&reader_);
  }
  ~SessionTest() override {
    if (channel_) channel_->close();
    turn();
    session_.reset();
    channel_.reset();
    opened_.reset();
    stop();
  }

  static Task<bool> run(Session& session) {
    co_await session.run();
    co_return true;
  }

  std::string take_words(std::string_view words) override {
    words_ = words;
    return problem_;
  }
  bool may_have_terminal() const override { return true; }
  void on_started(Session&) override { ++started_; }

  void ask(std::string_view type, ssh::Bytes payload = {}) {
    channel_->request(type, true, payload);
    turn();
  }
  void type_in(std::string_view text) {
    channel_->write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    turn();
  }
  void tell(const std::string& address) {
    session_->tell({.event = ToldEvent::exposed, .address = address}, false);
    turn();
  }

  std::string words_, problem_;
  int started_ = 0;
  doubles::PacketsPair pair_;
  ssh::Unobserved observer_;
  ssh::ServerRole role_;
  ssh::Session client_;
  ssh::Connection server_;
  std::optional<Failure> client_ended_, server_ended_;
  std::optional<Result<ssh::Channel>> opened_;
  std::optional<Session> session_;
  std::optional<bool> ran_;
  Reader reader_;
  std::optional<ssh::Channel> channel_;
};

TEST_F(SessionTest, a_shell_reads_lines_from_then_on) {
  tell("before");
  ask("env");
  ask("shell");
  tell("after");
  EXPECT_THAT(reader_.replies, ElementsAre(true, true));
  EXPECT_EQ(started_, 1);
  EXPECT_EQ(reader_.output, "after\n");
}

TEST_F(SessionTest, words_that_are_wrong_are_said_on_stderr_with_status_1) {
  problem_ = "no such word";
  ask("exec", ssh::MessageWriter().string("nonsense").take());
  EXPECT_EQ(words_, "nonsense");
  EXPECT_THAT(reader_.replies, ElementsAre(true));
  EXPECT_EQ(reader_.errors, "towline: no such word\n");
  EXPECT_THAT(reader_.requests, ElementsAre("exit-status"));
  EXPECT_THAT(reader_.last, ElementsAre(0, 0, 0, 1));
  EXPECT_TRUE(reader_.eof && reader_.closed);
  EXPECT_EQ(started_, 0);
}

TEST_F(SessionTest, a_subsystem_is_refused_with_a_sentence) {
  ask("subsystem", ssh::MessageWriter().string("sftp").take());
  EXPECT_THAT(reader_.replies, ElementsAre(false));
  EXPECT_THAT(reader_.errors, HasSubstr("no subsystems"));
  EXPECT_TRUE(reader_.closed);
}

TEST_F(SessionTest, an_interrupt_of_a_terminal_ends_it) {
  ask("pty-req");
  ask("shell");
  tell("here");
  EXPECT_EQ(reader_.output, "here\r\n");
  type_in("\x03");
  EXPECT_THAT(reader_.requests, ElementsAre("exit-status"));
  EXPECT_THAT(reader_.last, ElementsAre(0, 0, 0, 130));
}

TEST_F(SessionTest, the_same_octets_without_a_terminal_and_the_end_of_input_do_not) {
  ask("shell");
  type_in("\x03\x04");
  channel_->send_eof();
  turn();
  EXPECT_THAT(reader_.requests, IsEmpty());
  tell("still here");
  EXPECT_EQ(reader_.output, "still here\n");
}

TEST_F(SessionTest, a_signal_ends_it_as_one) {
  ask("shell");
  channel_->request("signal", false, ssh::MessageWriter().string("TERM").take());
  turn();
  EXPECT_THAT(reader_.requests, ElementsAre("exit-signal"));
}

TEST_F(SessionTest, a_second_shell_and_what_nobody_knows_are_refused) {
  ask("shell");
  ask("shell");
  ask("x11-req");
  EXPECT_THAT(reader_.replies, ElementsAre(true, false, false));
}

}  // namespace
}  // namespace towline::expose
