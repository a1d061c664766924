// Which unit tests TSan sees, and that the others have nothing for it.
#include "tidy/source_tree.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <thread>

namespace towline::tidy {

namespace {

bool is_for_threads(const SourceFile& file) {
  static const std::regex shared(
      R"re(std::(thread|mutex|condition_variable)\b|async/(side|start)_thread\.hpp)re");
  return std::regex_search(file.text, shared);
}

// Of the folder of tests/unit, or one above it: SHARED in a towline_test().
bool is_seen_by_tsan(std::filesystem::path room) {
  for (; !room.empty(); room = room.parent_path()) {
    std::ifstream in(std::filesystem::path(TOWLINE_SOURCE_DIR) / "tests/unit" / room / "CMakeLists.txt");
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (text.find("THREADS SHARED") != std::string::npos) return true;
  }
  return false;
}

TEST(Threads, rooms_that_several_use_are_tested_with_tsan) {
  std::set<std::string> unseen;
  std::size_t rooms = 0;
  for (const auto& file : sources(TOWLINE_SOURCE_DIR, "src")) {
    if (!is_for_threads(file)) continue;
    ++rooms;
    if (!is_seen_by_tsan(file.room())) unseen.insert(file.room());
  }
  EXPECT_GT(rooms, 10U);
  EXPECT_EQ(unseen, std::set<std::string>{});
}

TEST(ThreadsDeathTest, a_test_program_without_threads_cannot_start_one) {
  EXPECT_DEATH({ std::thread([] {}).join(); }, "give its towline_test.. THREADS");
}

}  // namespace

}  // namespace towline::tidy
