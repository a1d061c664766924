#include "publish/conversation.hpp"

#include "unit/ssh/session/both_roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace towline::publish {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The service's end of the session channel: it answers nothing by itself.
struct Asking final : ssh::Channel::Asked {
  void on_request(std::string_view type, ssh::Bytes payload,
                  std::optional<ssh::connection::RequestId> id) override {
    heard.push_back(std::string(type) + ' ' +
                    std::string(payload.begin(), payload.end()).substr(payload.empty() ? 0 : 4));
    last = id;
  }
  void on_reply(bool) override {}

  std::vector<std::string> heard;
  std::optional<ssh::connection::RequestId> last;
};

struct Told final : Conversation::Listener {
  void on_text(const std::string& line) override { texts.push_back(line); }
  void on_complaint(const std::string& line) override { complaints.push_back(line); }
  void on_words_refused() override { ++words_refused; }
  void on_change() override { ++changes; }

  std::vector<std::string> texts;
  std::vector<std::string> complaints;
  int words_refused = 0;
  int changes = 0;
};

class ConversationTest : public testing::Test, protected ssh::BothRoles {
 protected:
  ~ConversationTest() override { stop(); }

  Conversation& begin_with(Options options) {
    options_ = std::move(options);
    conversation_.emplace(session, options_,
                          std::vector<AskedForward>{{.forward = "main", .host = "web", .port = 80}},
                          std::chrono::hours(1), told_);
    begin(run(*conversation_), ran_);
    begin(conversation_->wait_introduced(), introduced_);
    turn();
    return *conversation_;
  }
  static Task<bool> run(Conversation& conversation) {
    co_await conversation.run();
    co_return true;
  }
  void accept() {
    auto& channel = role.offers.at(0).channel;
    channel.accept();
    channel.tell(&asking_);
    turn();
  }
  void say(std::string_view text) {
    role.offers.at(0).channel.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    turn();
  }

  Options options_;
  Told told_;
  Asking asking_;
  std::optional<Conversation> conversation_;
  std::optional<bool> ran_;
  std::optional<error_code> introduced_;
};

TEST_F(ConversationTest, opens_one_session_and_asks_for_a_shell_without_waiting_for_the_answer) {
  begin_with({.service = Service::sish});
  ASSERT_EQ(role.offers.size(), 1U);
  EXPECT_EQ(role.offers[0].type, "session");
  EXPECT_FALSE(introduced_);
  accept();
  EXPECT_EQ(introduced_, error_code{});
  EXPECT_THAT(asking_.heard, ElementsAre("shell "));
  turn();
  EXPECT_EQ(role.offers.size(), 1U);
}

TEST_F(ConversationTest, asks_for_an_exec_instead_where_there_are_words) {
  begin_with({.service = Service::sandhole, .words = "force-https"});
  accept();
  EXPECT_THAT(asking_.heard, ElementsAre("exec force-https"));
  role.offers[0].channel.answer(*asking_.last, false);
  turn();
  EXPECT_EQ(told_.words_refused, 1);
}

TEST_F(ConversationTest, asks_for_nothing_of_a_service_that_speaks_unasked) {
  auto& conversation = begin_with({.service = Service::sandhole});
  accept();
  EXPECT_THAT(asking_.heard, IsEmpty());
  say("10:00:00Z Starting HTTPS on https://web.exam");
  EXPECT_EQ(told_.changes, 0);
  say("ple for address web\r\n10:00:01Z Error something\r\n");
  EXPECT_EQ(told_.changes, 1);
  EXPECT_THAT(conversation.judgement("main").addresses, ElementsAre("https://web.example"));
  EXPECT_THAT(told_.complaints, ElementsAre("10:00:01Z Error something"));
  EXPECT_EQ(told_.texts.size(), 2U);
}

TEST_F(ConversationTest, reads_for_ever_so_that_no_window_closes) {
  begin_with({.service = Service::sish});
  accept();
  const std::string line(1000, 'x');
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_GT(role.offers[0].channel.sendable(), 0U) << i;
    say(line + '\n');
  }
  EXPECT_EQ(told_.texts.size(), 10'000U);
}

TEST_F(ConversationTest,
       is_over_when_the_service_opens_no_session_and_the_forward_is_asked_for_all_the_same) {
  auto& conversation = begin_with({.service = Service::sish});
  role.offers[0].channel.refuse(ssh::errc::open_resource_shortage, "no");
  turn();
  EXPECT_EQ(introduced_, error_code{});
  ASSERT_TRUE(conversation.over());
  EXPECT_EQ(conversation.over()->find("it opens no session"), 0U);
}

TEST_F(ConversationTest, is_over_when_the_service_ends_the_session_and_hears_the_last_line) {
  auto& conversation = begin_with({.service = Service::sish});
  accept();
  say("HTTPS: https://web.example");
  role.offers[0].channel.request("exit-status", false, std::vector<std::uint8_t>{0, 0, 0, 3});
  role.offers[0].channel.send_eof();
  turn();
  ASSERT_TRUE(conversation.over());
  EXPECT_EQ(*conversation.over(), "it has ended the session, with exit status 3");
  EXPECT_THAT(conversation.judgement("main").addresses, ElementsAre("https://web.example"));
  EXPECT_FALSE(ran_);
  role.offers.clear();
  turn();
  EXPECT_TRUE(ran_);
}

TEST_F(ConversationTest, takes_what_is_said_on_stderr_for_a_complaint_unless_it_is_an_address) {
  auto& conversation = begin_with({.service = Service::sish});
  accept();
  constexpr std::string_view text = "no more than five\nHTTPS: https://web.example\n";
  role.offers[0].channel.write_stderr({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  turn();
  EXPECT_THAT(told_.complaints, ElementsAre("no more than five"));
  EXPECT_THAT(conversation.judgement("main").addresses, ElementsAre("https://web.example"));
}

TEST_F(ConversationTest, refuses_what_the_service_asks_for) {
  begin_with({.service = Service::sish});
  accept();
  role.offers[0].channel.request("auth-agent-req@openssh.com", true, {});
  turn();
  EXPECT_FALSE(server_ended);
}

}  // namespace
}  // namespace towline::publish
