#include "app/pid_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace towline::app {
namespace {

using testing::HasSubstr;

TEST(PidFile, holds_the_number_of_the_process_while_it_runs) {
  const observe::Log log(observe::Options{}, [](std::string_view line) { ADD_FAILURE() << line; });
  const std::string path = "/tmp/towline-pid-" + std::to_string(::getpid());
  {
    const PidFile file(path, log);
    int number = 0;
    std::ifstream(path) >> number;
    EXPECT_EQ(number, ::getpid());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  const PidFile none("", log);
}

TEST(PidFile, that_cannot_be_written_is_told_and_nothing_more) {
  std::string logged;
  const observe::Log log(observe::Options{}, [&](std::string_view line) { logged += line; });
  const PidFile file("/no/such/folder/pid", log);
  EXPECT_THAT(logged, HasSubstr("pid_file.failed"));
}

}  // namespace
}  // namespace towline::app
