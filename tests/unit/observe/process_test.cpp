#include "observe/process.hpp"

#include "observe/family_set.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace towline::observe {
namespace {

TEST(Process, a_stat_line_is_read_past_any_process_name) {
  const auto stat = parse_process_stat(
      "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 3 0 12345 1000000 250 18446744073709551615 1 "
      "1\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cpu_ticks, 12U);
  EXPECT_EQ(stat->threads, 3U);
  EXPECT_EQ(stat->start_ticks, 12345U);
  EXPECT_EQ(stat->virtual_bytes, 1000000U);
  EXPECT_EQ(stat->resident_pages, 250U);
}

TEST(Process, a_stat_line_that_is_not_one_is_nothing) {
  EXPECT_FALSE(parse_process_stat(""));
  EXPECT_FALSE(parse_process_stat("42 (a) S 1 2"));
  EXPECT_FALSE(parse_process_stat("no name"));
}

TEST(Process, a_limit_may_be_unlimited) {
  constexpr auto text =
      "Limit                     Soft Limit           Hard Limit           Units\n"
      "Max open files            1024                 20000                files\n"
      "Max address space         unlimited            unlimited            bytes\n";
  EXPECT_EQ(parse_limit(text, "Max open files"), 1024);
  EXPECT_TRUE(std::isinf(parse_limit(text, "Max address space").value()));
  EXPECT_FALSE(parse_limit(text, "Max nothing"));
}

TEST(Process, all_standard_series_are_there) {
  FamilySet set;
  add_process(set);
  std::set<std::string> found;
  for (const auto& family : set.take()) {
    found.insert(family.name);
    const auto& metric = family.metric.at(0);
    EXPECT_GE(metric.counter.value + metric.gauge.value, 0) << family.name;
  }
  EXPECT_EQ(found, (std::set<std::string>{"process_cpu_seconds_total", "process_max_fds", "process_open_fds",
                                          "process_resident_memory_bytes", "process_start_time_seconds",
                                          "process_threads", "process_virtual_memory_bytes",
                                          "process_virtual_memory_max_bytes"}));
}

}  // namespace
}  // namespace towline::observe
