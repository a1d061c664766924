#include "app/pid_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace towline::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(PidFile, holds_the_number_of_the_process_while_it_runs) {
  const observe::Log log(observe::Options{}, [](std::string_view line) { ADD_FAILURE() << line; });
  const std::string path = "/tmp/towline-pid-" + std::to_string(::getpid());
  SideThread files;
  {
    const PidFile file(path, log, files);
    EXPECT_TRUE(files.finish(10s));
    int number = 0;
    std::ifstream(path) >> number;
    EXPECT_EQ(number, ::getpid());
  }
  EXPECT_TRUE(files.finish(10s));
  EXPECT_FALSE(std::filesystem::exists(path));
  const PidFile none("", log, files);
}

TEST(PidFile, that_cannot_be_written_is_told_and_nothing_more) {
  std::string logged;
  const observe::Log log(observe::Options{}, [&](std::string_view line) { logged += line; });
  SideThread files;
  const PidFile file("/no/such/folder/pid", log, files);
  EXPECT_TRUE(files.finish(10s));
  EXPECT_THAT(logged, HasSubstr("pid_file.failed"));
}

TEST(PidFile, has_one_number_in_it) {
  for (const auto* text : {"", "1", "1234\n", "4194304"}) EXPECT_TRUE(is_pid_line(text)) << text;
  for (const auto* text : {"\n\n", "1 ", "-1", "1\n2\n", "a", "12345678901"})
    EXPECT_FALSE(is_pid_line(text)) << text;
}

}  // namespace
}  // namespace towline::app
