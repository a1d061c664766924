#include "observe/readiness_log.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::observe {
namespace {

TEST(ReadinessLog, each_change_is_one_line_with_its_reason) {
  std::vector<std::string> lines;
  const auto changed =
      readiness_log(Log(Options{}, [&](std::string_view line) { lines.emplace_back(line.substr(25)); }));

  Facts facts = sample_facts({sample_forward("db", ForwardState::up)});
  changed(ready(facts));
  facts.draining = true;
  changed(ready(facts));
  changed(ready(sample_facts({sample_forward("db", ForwardState::backoff, ConnectFailure::auth)})));
  EXPECT_THAT(lines, testing::ElementsAre("INFO  health.ready ready\n",  //
                                          "INFO  health.not_ready not ready reason=draining\n",
                                          "WARN  health.not_ready not ready reason=auth forward=db "
                                          "hint=\"see the forward's own lines and /statusz\"\n"));
}

}  // namespace
}  // namespace towline::observe
