#include "observe/log.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace towline::observe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class LogTest : public testing::Test {
 protected:
  Log make(Level level) {
    const Options options{.log_level = level, .log_format = LogFormat::text};
    return Log(
        options, [this](std::string_view line) { lines_.emplace_back(line.substr(25)); },
        [this] { return now_; });
  }

  void pass(Steady::duration time) {
    now_.steady += time;
    now_.wall += std::chrono::duration_cast<Wall::duration>(time);
  }

  Instant now_ = sample_now();
  std::vector<std::string> lines_;
};

TEST_F(LogTest, what_is_below_the_level_is_not_written) {
  const Log log = make(Level::info);
  log.debug("conn.open", "opened");
  log.info("agent.start", "started");
  EXPECT_THAT(lines_, ElementsAre("INFO  agent.start started\n"));
  EXPECT_TRUE(log.enabled(Level::warn));
  EXPECT_FALSE(log.enabled(Level::debug));
}

TEST_F(LogTest, the_level_changes_for_children_too) {
  const Log log = make(Level::info);
  const Log child = log.with({{"forward", "db"}});
  log.set_level(Level::debug);
  child.debug("conn.open", "opened");
  log.set_level(Level::error);
  child.warn("conn.error", "lost");
  EXPECT_THAT(lines_, ElementsAre("DEBUG conn.open opened forward=db\n"));
}

TEST_F(LogTest, a_child_adds_its_fields_before_those_of_the_line) {
  const Log log = make(Level::info).with({{"forward", "db"}}).with({{"server", "h:22"}});
  log.info("ssh.connected", "connected", {{"attempt", 1}});
  EXPECT_THAT(lines_, ElementsAre("INFO  ssh.connected connected forward=db server=h:22 attempt=1\n"));
}

TEST_F(LogTest, repeats_are_written_once_in_thirty_seconds_and_counted) {
  const Log log = make(Level::info).with({{"forward", "db"}}).repeatable();
  for (int i = 0; i < 5; ++i) log.warn("ssh.connect_failed", "no", {{"reason", "refused"}, {"attempt", i}});
  pass(30s);
  log.warn("ssh.connect_failed", "no", {{"reason", "refused"}, {"attempt", 5}});
  EXPECT_THAT(lines_,
              ElementsAre("WARN  ssh.connect_failed no forward=db reason=refused attempt=0\n",
                          "WARN  ssh.connect_failed no forward=db reason=refused attempt=5 suppressed=4\n"));
}

TEST_F(LogTest, another_reason_or_forward_is_another_line) {
  const Log log = make(Level::info).repeatable();
  log.warn("ssh.connect_failed", "no", {{"forward", "a"}, {"reason", "refused"}});
  log.warn("ssh.connect_failed", "no", {{"forward", "a"}, {"reason", "auth"}});
  log.warn("ssh.connect_failed", "no", {{"forward", "b"}, {"reason", "auth"}});
  log.with({{"forward", "c"}}).warn("ssh.connect_failed", "no", {{"reason", "auth"}});
  EXPECT_THAT(lines_, SizeIs(4));
}

TEST_F(LogTest, a_run_of_repeats_that_has_ended_is_summed_up_once) {
  const Log log = make(Level::info).with({{"forward", "db"}}).repeatable();
  for (int i = 0; i < 3; ++i) log.warn("conn.error", "no", {{"reason", "target_refused"}, {"client", i}});
  lines_.clear();
  pass(29s);
  log.sum_up();
  EXPECT_THAT(lines_, IsEmpty());
  pass(1s);
  log.sum_up();
  log.sum_up();
  EXPECT_THAT(lines_, ElementsAre("WARN  conn.error repeated; further lines were suppressed forward=db "
                                  "reason=target_refused suppressed=2 last=2026-01-02T03:04:05.678Z\n"));
}

TEST_F(LogTest, what_nothing_was_suppressed_of_is_not_summed_up) {
  const Log log = make(Level::info).repeatable();
  log.warn("conn.error", "no");
  pass(60s);
  log.sum_up();
  log.sum_up_all();
  EXPECT_THAT(lines_, SizeIs(1));
}

TEST_F(LogTest, at_the_end_every_run_is_summed_up) {
  const Log log = make(Level::info).repeatable();
  for (int i = 0; i < 3; ++i) log.info("ssh.backoff", "waiting");
  log.sum_up_all();
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[1],
              testing::StartsWith("INFO  ssh.backoff repeated; further lines were suppressed suppressed=2"));
  EXPECT_EQ(log.counts().written[static_cast<std::size_t>(Level::info)], 2U);
}

TEST_F(LogTest, life_events_and_debug_lines_are_never_suppressed) {
  const Log log = make(Level::debug);
  for (int i = 0; i < 3; ++i) log.info("ssh.connected", "connected");
  for (int i = 0; i < 3; ++i) log.repeatable().debug("conn.error", "lost");
  EXPECT_THAT(lines_, SizeIs(6));
}

TEST_F(LogTest, lines_are_counted_by_level) {
  const Log log = make(Level::info);
  log.error("a", "");
  log.repeatable().warn("b", "");
  log.repeatable().warn("b", "");
  log.debug("c", "");
  const Log::Counts counts = log.with({{"x", 1}}).counts();
  EXPECT_THAT(counts.written, ElementsAre(1U, 1U, 0U, 0U, 0U));
  EXPECT_EQ(counts.suppressed, 1U);
}

TEST(Log, lines_of_many_threads_do_not_mix) {
  std::string text;
  const Log log(Options{}, [&](std::string_view line) { text += line; });
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log] {
      for (int i = 0; i < 250; ++i) log.info("agent.start", "a message of some length", {{"i", 7}});
    });
  }
  threads.clear();
  EXPECT_EQ(log.counts().written[static_cast<std::size_t>(Level::info)], 1000U);
  std::size_t count = 0;
  for (std::size_t at = 0;
       (at = text.find("INFO  agent.start a message of some length i=7\n", at)) != std::string::npos; ++at) {
    ++count;
  }
  EXPECT_EQ(count, 1000U);
}

}  // namespace
}  // namespace towline::observe
