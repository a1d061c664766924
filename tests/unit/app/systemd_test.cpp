#include "app/systemd.hpp"

#include "doubles/notify_socket.hpp"
#include "unit/observe/sample_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {
namespace {

using namespace std::chrono_literals;
using doubles::NotifySocket;
using observe::ForwardState;
using observe::ForwardStatus;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SystemdTest : public testing::Test {
 protected:
  SystemdTest() {
    std::string name = testing::TempDir() + "notifyXXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~SystemdTest() override { std::filesystem::remove_all(folder_); }

  void enter(ForwardState state, observe::Reason reason = {}, std::string detail = {}) {
    pulse_.received(now_.steady);
    ForwardStatus status;
    status.state = state;
    status.reason = reason;
    status.detail = std::move(detail);
    slot_.publish(std::move(status));
  }

  std::string folder_;
  observe::Instant now_ = observe::sample_now();
  observe::Board board_{{}, {}, [this] { return now_; }};
  observe::Pulse& pulse_ = board_.add_pulse("session");
  observe::ForwardSlot& slot_ = board_.add_forward(observe::sample_traits("db"), pulse_);
};

TEST_F(SystemdTest, tells_each_step_of_a_life_once_by_one_datagram) {
  for (const auto& name : {folder_ + "/notify", "@towline-test-" + std::to_string(::getpid())}) {
    const NotifySocket systemd(name);
    Systemd status(config::Env({{"NOTIFY_SOCKET", name}}));
    enter(ForwardState::backoff, observe::ConnectFailure::auth, "refused\nREADY=1");
    status.update(board_);
    status.update(board_);
    EXPECT_THAT(systemd.heard(), ElementsAre("STATUS=Not ready: db: auth: refused READY=1"));
  }
  const NotifySocket systemd(folder_ + "/life");
  Systemd status(config::Env({{"NOTIFY_SOCKET", systemd.name()}}));
  enter(ForwardState::connecting);
  status.update(board_);
  enter(ForwardState::up);
  status.update(board_);
  status.update(board_);
  enter(ForwardState::binding);
  status.update(board_);
  enter(ForwardState::up);
  status.update(board_);
  board_.begin_draining();
  status.update(board_);
  enter(ForwardState::stopped);
  status.update(board_);
  EXPECT_THAT(systemd.heard(),
              ElementsAre("STATUS=Not ready: db: connecting", "STATUS=Ready: 1 of 1 forward is up\nREADY=1",
                          "STATUS=Not ready: db: binding", "STATUS=Ready: 1 of 1 forward is up",
                          "STATUS=Stopping: waiting for open connections\nSTOPPING=1"));
}

TEST_F(SystemdTest, of_one_that_stops_before_it_was_ready_is_never_ready) {
  const NotifySocket systemd(folder_ + "/notify");
  Systemd status(config::Env({{"NOTIFY_SOCKET", systemd.name()}}));
  board_.begin_draining();
  status.update(board_);
  enter(ForwardState::up);
  status.update(board_);
  EXPECT_THAT(systemd.heard(), ElementsAre(AllOf(HasSubstr("STOPPING=1"), Not(HasSubstr("READY=1")))));
}

// A program of `run` can end before anybody has told of its forwards: what systemd waits for comes all the
// same.
TEST_F(SystemdTest, of_one_that_was_ready_and_stops_before_that_is_told_is_ready_and_stopping) {
  const NotifySocket systemd(folder_ + "/notify");
  Systemd status(config::Env({{"NOTIFY_SOCKET", systemd.name()}}));
  enter(ForwardState::up);
  board_.begin_draining();
  status.update(board_);
  EXPECT_THAT(systemd.heard(), ElementsAre(AllOf(HasSubstr("READY=1"), HasSubstr("STOPPING=1"))));
}

TEST_F(SystemdTest, reloading_is_followed_by_ready_and_only_where_it_was_ready_before) {
  const NotifySocket systemd(folder_ + "/notify");
  Systemd status(config::Env({{"NOTIFY_SOCKET", systemd.name()}}));
  status.reload_begins();
  status.reload_ends();
  EXPECT_THAT(systemd.heard(), ElementsAre());
  enter(ForwardState::up);
  status.update(board_);
  EXPECT_EQ(systemd.heard().size(), 1U);
  status.reload_begins();
  status.reload_ends();
  status.reload_ends();
  EXPECT_THAT(systemd.heard(), ElementsAre(StartsWith("RELOADING=1\nMONOTONIC_USEC="), "READY=1"));
  board_.begin_draining();
  status.update(board_);
  status.reload_begins();
  EXPECT_EQ(systemd.heard().size(), 1U);
}

TEST_F(SystemdTest, beats_at_half_of_the_watchdogs_time_and_not_while_a_loop_is_stuck) {
  const NotifySocket systemd(folder_ + "/notify");
  Systemd status(config::Env({{"NOTIFY_SOCKET", systemd.name()}, {"WATCHDOG_USEC", "30000000"}}));
  EXPECT_EQ(status.beat_interval(), 15s);
  pulse_.beat(now_.steady);
  status.beat(board_);
  EXPECT_THAT(systemd.heard(), ElementsAre("WATCHDOG=1"));
  now_.steady += observe::heartbeat_deadline + 1ms;
  status.beat(board_);
  EXPECT_THAT(systemd.heard(), ElementsAre());
}

TEST_F(SystemdTest, has_no_watchdog_unless_one_is_meant_for_this_process) {
  const auto us = std::to_string(::getpid());
  const std::pair<config::Env::Values, bool> rows[] = {
      {{{"WATCHDOG_USEC", "10"}}, true},
      {{{"WATCHDOG_USEC", "10"}, {"WATCHDOG_PID", us}}, true},
      {{{"WATCHDOG_USEC", "10"}, {"WATCHDOG_PID", "1" + us}}, false},
      {{{"WATCHDOG_USEC", "0"}}, false},
      {{{"WATCHDOG_USEC", "soon"}}, false},
      {{{"WATCHDOG_USEC", "-5"}}, false},
      {{}, false}};
  for (auto [values, wanted] : rows) {
    EXPECT_FALSE(Systemd(config::Env(values)).beat_interval()) << "no socket";
    values["NOTIFY_SOCKET"] = "/notify";
    EXPECT_EQ(Systemd(config::Env(values)).beat_interval().has_value(), wanted);
  }
}

TEST_F(SystemdTest, waits_for_nobody_and_tells_later_what_was_not_taken) {
  Systemd nobody(config::Env({{"NOTIFY_SOCKET", folder_ + "/nobody"}, {"WATCHDOG_USEC", "10"}}));
  enter(ForwardState::up);
  nobody.update(board_);
  nobody.beat(board_);
  const NotifySocket late(folder_ + "/nobody");
  nobody.update(board_);
  EXPECT_THAT(late.heard(), ElementsAre(HasSubstr("READY=1")));
  Systemd full(config::Env({{"NOTIFY_SOCKET", late.name()}}));
  for (int i = 0; i < 5000; ++i) {
    enter(i % 2 == 0 ? ForwardState::up : ForwardState::binding);
    full.update(board_);
  }
  EXPECT_LT(late.heard().size(), 5000U);
}

TEST_F(SystemdTest, hears_nothing_where_the_socket_is_none_of_ours) {
  for (const auto& name :
       {std::string(), std::string("vsock:2:1"), std::string("relative"), '/' + std::string(200, 'a')}) {
    Systemd status(config::Env({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", "10"}}));
    status.update(board_);
    status.reload_begins();
    status.reload_ends();
    status.beat(board_);
    EXPECT_FALSE(status.beat_interval());
  }
}

}  // namespace
}  // namespace towline::app
