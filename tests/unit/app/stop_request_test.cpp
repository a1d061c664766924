#include "app/stop_request.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace towline::app {

std::ostream& operator<<(std::ostream& out, StopMeaning meaning) {
  constexpr const char* names[] = {"begin", "same", "now"};
  return out << names[static_cast<int>(meaning)];
}

namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock::time_point;

TEST(StopRequest, is_the_same_one_within_300_ms_and_means_now_later) {
  const Time begun{1h};
  struct Row {
    std::optional<Time> begun;
    Time now;
    StopMeaning meaning;
  };
  const Row rows[] = {
      {std::nullopt, begun, StopMeaning::begin}, {begun, begun, StopMeaning::same},
      {begun, begun + 20us, StopMeaning::same},  {begun, begun + 299ms, StopMeaning::same},
      {begun, begun + 300ms, StopMeaning::now},  {begun, begun + 7500ms, StopMeaning::now},
  };
  for (const auto& row : rows) EXPECT_EQ(meaning_of_stop(row.begun, row.now), row.meaning);
}

}  // namespace
}  // namespace towline::app
