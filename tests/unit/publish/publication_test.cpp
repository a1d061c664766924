#include "publish/publication.hpp"

#include "observe/metrics.hpp"
#include "unit/ssh/session/both_roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace towline::publish {
namespace {

using observe::ForwardState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(RenewDelay, is_ten_seconds_first_and_a_minute_at_most) {
  EXPECT_EQ(renew_delay(0), std::chrono::seconds(10));
  EXPECT_EQ(renew_delay(1), std::chrono::seconds(20));
  EXPECT_EQ(renew_delay(3), std::chrono::seconds(60));
  EXPECT_EQ(renew_delay(1'000'000), std::chrono::seconds(60));
}

TEST(FailureHint, is_what_the_page_of_failures_says) {
  std::ifstream in(TOWLINE_SOURCE_DIR "/docs/troubleshooting.md");
  const std::string page{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  for (const auto reason : observe::all<observe::PublishFailure>()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(to_string(reason)) + "` | the service "));
    EXPECT_THAT(page, HasSubstr("| " + std::string(failure_hint(reason)) + " |"));
  }
}

TEST(AskedOf, is_the_remote_forwards_in_their_order) {
  const auto asked = asked_of({{.name = "a", .mode = forward::Mode::local},
                               {.name = "b", .mode = forward::Mode::remote, .listen = {"web", 80}},
                               {.name = "c", .mode = forward::Mode::remote, .listen = {"", 0}}});
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].forward, "b");
  EXPECT_EQ(asked[0].host, "web");
  EXPECT_EQ(asked[1].port, 0);
}

class PublicationTest : public testing::Test, protected ssh::BothRoles {
 protected:
  ~PublicationTest() override { stop(); }

  forward::Publication& begin_with(Options options) {
    options_ = std::move(options);
    publisher_.emplace(options_, specs_, std::chrono::hours(1), log_);
    publication_ = publisher_->publish(session, [this] { ++renewed_; });
    begin(run(*publication_), ran_);
    turn();
    role.offers.at(0).channel.accept();
    turn();
    return *publication_;
  }
  static Task<bool> run(forward::Publication& publication) {
    co_await publication.run();
    co_return true;
  }
  void say(std::string_view text) {
    role.offers.at(0).channel.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    turn();
  }
  const observe::ForwardStatus& status() const { return report_.status(); }

  const std::vector<forward::ForwardSpec> specs_ = {
      {.name = "main", .mode = forward::Mode::remote, .listen = {"web", 80}}};
  const observe::ForwardTraits traits_{.name = "main",
                                       .mode = "remote",
                                       .listen = {},
                                       .target = {},
                                       .server = {},
                                       .rx_deadline = {},
                                       .published = true};
  std::string logged_;
  observe::Log log_{observe::Options{}, [this](std::string_view line) { logged_ += line; }};
  observe::Metrics metrics_{observe::BuildInfo{}, {traits_}, log_};
  observe::Board board_;
  observe::ForwardSlot& slot_ = board_.add_forward(traits_, board_.add_pulse("session"));
  forward::Report report_{specs_[0], metrics_.forward("main"), slot_, log_};
  Options options_;
  std::optional<Publisher> publisher_;
  std::unique_ptr<forward::Publication> publication_;
  std::optional<bool> ran_;
  int renewed_ = 0;
};

TEST_F(PublicationTest, is_up_when_the_server_listens_and_the_address_is_known_in_either_order) {
  auto& publication = begin_with({.service = Service::sish});
  report_.enter(ForwardState::binding);
  publication.granted(report_, 80, "web:80");
  turn();
  EXPECT_EQ(status().state, ForwardState::binding);
  say("HTTPS: https://web.example\r\n");
  EXPECT_EQ(status().state, ForwardState::up);
  EXPECT_THAT(status().public_addresses, ElementsAre("https://web.example"));
  EXPECT_THAT(logged_, HasSubstr("publish.address"));
  publication.withdrawn(report_);
  report_.enter(ForwardState::binding);
  EXPECT_THAT(status().public_addresses, IsEmpty());
  publication.granted(report_, 80, "web:80");
  EXPECT_EQ(status().state, ForwardState::up);
}

TEST_F(PublicationTest, of_a_service_that_tells_no_address_needs_none) {
  auto& publication = begin_with({.service = Service::generic});
  publication.granted(report_, 80, "web:80");
  EXPECT_EQ(status().state, ForwardState::up);
}

TEST_F(PublicationTest, shows_no_address_but_the_expected_one) {
  auto& publication = begin_with({.service = Service::sish, .expected = {{"main", "https://web.example"}}});
  publication.granted(report_, 80, "web:80");
  say("HTTP: http://qxzy.example\r\nHTTPS: https://qxzy.example\r\n");
  EXPECT_EQ(status().state, ForwardState::binding);
  EXPECT_EQ(status().reason.label(), "other_address");
  EXPECT_THAT(status().detail, HasSubstr("https://qxzy.example"));
  EXPECT_THAT(status().public_addresses, IsEmpty());
  say("HTTPS: https://web.example\r\n");
  EXPECT_EQ(status().state, ForwardState::up);
  EXPECT_THAT(status().public_addresses, ElementsAre("https://web.example"));
  EXPECT_EQ(renewed_, 0);
}

TEST_F(PublicationTest, tells_an_address_that_changes_and_one_that_goes) {
  auto& publication = begin_with({.service = Service::sandhole});
  publication.granted(report_, 80, "web:80");
  say("10:00:00Z Starting HTTPS on https://a.example for address web\n");
  say("10:00:01Z Starting HTTPS on https://b.example for address web\n");
  EXPECT_THAT(status().public_addresses, ElementsAre("https://b.example"));
  EXPECT_EQ(status().state, ForwardState::up);
  say("10:00:02Z Stopping HTTPS on https://b.example for address web\n");
  EXPECT_EQ(status().state, ForwardState::binding);
  EXPECT_EQ(status().reason.label(), "no_address");
}

TEST_F(PublicationTest, is_not_up_without_a_session_that_could_tell_the_address) {
  auto& publication = begin_with({.service = Service::sish});
  role.offers[0].channel.close();
  turn();
  publication.granted(report_, 80, "web:80");
  turn();
  EXPECT_EQ(status().reason.label(), "no_session");
  EXPECT_THAT(status().detail, HasSubstr("it has ended the session"));
}

TEST_F(PublicationTest, leaves_a_forward_alone_that_is_withdrawn) {
  auto& publication = begin_with({.service = Service::sish});
  publication.granted(report_, 80, "web:80");
  publication.withdrawn(report_);
  report_.enter(ForwardState::draining);
  say("HTTPS: https://web.example\r\n");
  EXPECT_EQ(status().state, ForwardState::draining);
}

TEST_F(PublicationTest, warns_of_what_the_service_complains_about_without_its_tokens) {
  begin_with({.service = Service::sish});
  say("Error: see https://web.example/console?token=secret\r\n\x1b[31mWARNING\x1b[0m: over quota\r\n");
  EXPECT_THAT(logged_, HasSubstr("over quota"));
  EXPECT_THAT(logged_, testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace towline::publish
