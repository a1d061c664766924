#include "forward/report.hpp"

#include "observe/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace towline::forward {
namespace {

using observe::ForwardState;
using observe::SetupFailure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ReportTest : public testing::Test {
 protected:
  // As whoever looks at the board sees it.
  observe::ForwardStatus shown() const { return *board_.snapshot().forwards.at(0).status; }

  const ForwardSpec spec_{.name = "db", .mode = Mode::remote, .listen = {"", 0}, .connect = {"db", 5432}};
  const observe::ForwardTraits traits_{
      .name = "db", .mode = "remote", .listen = {}, .target = {}, .server = {}, .rx_deadline = {}};
  std::vector<std::string> lines_;
  observe::Log log_{
      observe::Options{.log_level = observe::Level::debug, .log_format = observe::LogFormat::text},
      [this](std::string_view line) { lines_.emplace_back(line.substr(25)); }};
  observe::Metrics metrics_{observe::BuildInfo{}, {traits_}, log_};
  observe::Board board_;
  observe::ForwardSlot& slot_ = board_.add_forward(traits_, board_.add_pulse("session"));
  Report report_{spec_, metrics_.forward("db"), slot_, log_};
};

TEST_F(ReportTest, each_connection_has_a_number_of_its_own) {
  EXPECT_EQ(report_.next_connection(), 1U);
  EXPECT_EQ(report_.next_connection(), 2U);
}

TEST_F(ReportTest, up_shows_the_port_and_says_so_once) {
  report_.up(43210);
  EXPECT_EQ(shown().state, ForwardState::up);
  EXPECT_EQ(shown().bound_port, 43210);
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_THAT(lines_[1], HasSubstr("forward.bound"));
  EXPECT_THAT(lines_[1], HasSubstr("forward=db mode=remote listen=:43210 target=db:5432 bound_port=43210"));
}

TEST_F(ReportTest, up_names_what_the_server_listens_on_where_it_is_not_all_that_was_configured) {
  report_.up(8080, "127.0.0.1:8080");
  EXPECT_THAT(lines_.at(1), HasSubstr("listen=127.0.0.1:8080 target"));
}

// Read from top to bottom, a cause stands before its effect.
TEST_F(ReportTest, up_is_logged_before_the_readiness_that_follows_from_it) {
  observe::Board board{{}, [this](const observe::Verdict& verdict) { lines_.push_back(verdict.summary); }};
  auto& pulse = board.add_pulse("session");
  pulse.received(observe::Steady::now());
  Report report{spec_, metrics_.forward("db"), board.add_forward(traits_, pulse), log_};
  report.up(43210);
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_THAT(lines_[1], HasSubstr("forward.bound"));
  EXPECT_EQ(lines_[2], "ok");
}

// Whoever acts on "up" needs the port at that very moment: the program of `towline run`, the port file.
TEST_F(ReportTest, up_is_never_seen_without_its_port) {
  std::vector<std::uint16_t> ports;
  board_.on_publish(
      [&](const observe::ForwardTraits&, const observe::ForwardStatus& status) {
        if (status.state == ForwardState::up) ports.push_back(status.bound_port.value_or(0));
      },
      {});
  report_.up(43210);
  report_.down(ForwardState::binding, {SetupFailure::refused, "the server refused", {}});
  report_.up(43211);
  EXPECT_THAT(ports, ElementsAre(43210, 43211));
}

TEST_F(ReportTest, a_unix_socket_is_up_at_its_path_and_has_no_port) {
  const ForwardSpec spec{.name = "db", .listen_path = "/run/db.sock", .connect_path = "/run/pg.sock"};
  Report report(spec, metrics_.forward("db"), slot_, log_);
  report.up(0);
  EXPECT_EQ(shown().state, ForwardState::up);
  EXPECT_FALSE(shown().bound_port);
  EXPECT_THAT(lines_.back(), HasSubstr("forward=db mode=remote listen=/run/db.sock target=/run/pg.sock"));
  EXPECT_THAT(lines_.back(), Not(HasSubstr("bound_port")));
}

TEST_F(ReportTest, down_shows_why_and_what_to_do) {
  report_.up(43210);
  report_.down(ForwardState::binding, {SetupFailure::refused, "the server refused", "see PermitListen"});
  const auto status = shown();
  EXPECT_EQ(status.state, ForwardState::binding);
  EXPECT_EQ(status.reason.label(), "refused");
  EXPECT_EQ(status.detail, "the server refused");
  EXPECT_EQ(status.hint, "see PermitListen");
  EXPECT_FALSE(status.bound_port);
}

TEST_F(ReportTest, a_new_attempt_keeps_the_last_failure_in_sight) {
  report_.down(ForwardState::backoff, {SetupFailure::timeout, "no answer", "wait"});
  report_.proceed(ForwardState::connecting);
  EXPECT_EQ(shown().state, ForwardState::connecting);
  EXPECT_EQ(shown().reason.label(), "timeout");
  EXPECT_EQ(shown().hint, "wait");
}

TEST_F(ReportTest, success_leaves_the_failure_behind) {
  report_.down(ForwardState::backoff, {SetupFailure::timeout, "no answer", "wait"});
  report_.enter(ForwardState::binding);
  EXPECT_FALSE(shown().reason);
  EXPECT_EQ(shown().detail, "");
  EXPECT_EQ(shown().hint, "");
}

TEST_F(ReportTest, a_degraded_forward_keeps_its_port_and_recovers) {
  report_.up(43210);
  report_.degrade({observe::ProbeFailure::timeout, "probe: no answer", "look"});
  EXPECT_EQ(shown().state, ForwardState::degraded);
  EXPECT_EQ(shown().reason.label(), "timeout");
  EXPECT_EQ(shown().bound_port, 43210);
  report_.recover();
  EXPECT_EQ(shown().state, ForwardState::up);
  EXPECT_FALSE(shown().reason);
  EXPECT_EQ(shown().hint, "");
}

TEST_F(ReportTest, a_probe_says_nothing_about_a_forward_that_is_not_up) {
  report_.enter(ForwardState::draining);
  report_.degrade({observe::ProbeFailure::timeout, "probe: no answer", "look"});
  EXPECT_EQ(shown().state, ForwardState::draining);
  report_.recover();
  EXPECT_EQ(shown().state, ForwardState::draining);
}

TEST_F(ReportTest, a_probe_is_shown_at_once_and_changes_no_state) {
  report_.up(43210);
  report_.probed(
      {observe::ProbeFailure::timeout, "no answer", observe::Instant::now(), std::chrono::seconds(1)});
  EXPECT_EQ(shown().state, ForwardState::up);
  ASSERT_TRUE(shown().probe);
  EXPECT_EQ(shown().probe->failure, observe::ProbeFailure::timeout);
  EXPECT_EQ(shown().probe->detail, "no answer");
}

TEST_F(ReportTest, a_draining_forward_still_has_its_port) {
  report_.up(43210);
  report_.enter(ForwardState::draining);
  EXPECT_EQ(shown().bound_port, 43210);
  report_.enter(ForwardState::stopped);
  EXPECT_FALSE(shown().bound_port);
}

TEST_F(ReportTest, each_change_of_state_is_one_debug_line_and_no_change_is_none) {
  report_.proceed(ForwardState::resolving);
  report_.proceed(ForwardState::connecting);
  report_.proceed(ForwardState::connecting);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("state=connecting prev_state=resolving")));
}

TEST_F(ReportTest, facts_of_the_session_are_shown_with_the_next_change) {
  report_.status().attempts = 7;
  EXPECT_EQ(shown().attempts, 0U);
  report_.publish();
  EXPECT_EQ(shown().attempts, 7U);
}

}  // namespace
}  // namespace towline::forward
