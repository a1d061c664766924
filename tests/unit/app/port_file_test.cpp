#include "app/port_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <unistd.h>

namespace towline::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class PortFileTest : public testing::Test {
 protected:
  PortFileTest() : folder_("/tmp/towline-ports-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~PortFileTest() override { std::filesystem::remove_all(folder_); }

  static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  std::string folder_;
  std::string logged_;
  observe::Log log_{observe::Options{}, [this](std::string_view line) { logged_ += line; }};
  SideThread files_;
};

TEST_F(PortFileTest, says_where_the_forwards_listen_from_the_first_port_to_the_end) {
  const auto path = folder_ + "/ports";
  std::ofstream(path) << "db=1\n";
  {
    PortFile file({.file = path, .github_output = {}, .github_env = {}}, {"db"}, log_, files_);
    EXPECT_FALSE(std::filesystem::exists(path)) << "what another run has left is not ours";
    file.learn({"db", 40001});
    EXPECT_EQ(read(path), "db=40001\n");
    file.learn({"db", 40002});
    EXPECT_EQ(read(path), "db=40002\n");
    file.forget("web");
    EXPECT_EQ(read(path), "db=40002\n");
    file.forget("db");
    EXPECT_EQ(read(path), "") << "it is somebody else's by now";
    EXPECT_TRUE(file.ports().empty());
    file.learn({"db", 40002});
    EXPECT_EQ(read(path), "db=40002\n");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "something was left";
  }
  EXPECT_TRUE(files_.finish(10s));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(logged_, "");
}

TEST_F(PortFileTest, that_holds_something_else_is_told_and_stays) {
  const auto path = folder_ + "/ports";
  std::ofstream(path) << "precious\n";
  {
    PortFile file({.file = path, .github_output = {}, .github_env = {}}, {"db"}, log_, files_);
    EXPECT_THAT(logged_, HasSubstr("what is there was not written by towline: " + path));
    file.learn({"db", 40001});
    EXPECT_EQ(file.ports().size(), 1U);
  }
  EXPECT_TRUE(files_.finish(10s));
  EXPECT_EQ(read(path), "precious\n");
}

TEST_F(PortFileTest, on_a_file_system_that_does_not_answer_is_waited_for_once) {
  std::promise<void> answer;
  files_.run([answered = answer.get_future().share()] { answered.wait(); });
  const auto path = folder_ + "/ports";
  const auto begin = std::chrono::steady_clock::now();
  PortFile file({.file = path, .github_output = {}, .github_env = {}}, {"db"}, log_, files_);
  for (std::uint16_t port = 1; port < 20; ++port) file.learn({"db", port});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_THAT(logged_, HasSubstr("the file system does not answer"));
  EXPECT_EQ(file.ports().size(), 1U);
  answer.set_value();
  EXPECT_TRUE(files_.finish(10s));
  EXPECT_EQ(read(path), "db=19\n");
}

TEST_F(PortFileTest, adds_to_the_files_of_github_and_keeps_what_is_in_them) {
  const config::Env env({{"GITHUB_OUTPUT", folder_ + "/output"}, {"GITHUB_ENV", folder_ + "/env"}});
  std::ofstream(folder_ + "/env") << "A=1\n";
  {
    PortFile file(port_file_paths("github", env), {"db"}, log_, files_);
    file.learn({"db", 40001});
    file.learn({"db", 40001});
    file.learn({"db", 40002});
  }
  EXPECT_EQ(read(folder_ + "/output"), "port-db=40001\nport-db=40002\n");
  EXPECT_EQ(read(folder_ + "/env"), "A=1\nTUNNEL_PORT_DB=40001\nTUNNEL_PORT_DB=40002\n");
}

TEST_F(PortFileTest, that_cannot_be_written_is_told_and_changes_nothing_else) {
  PortFile file({.file = folder_ + "/no/such/ports", .github_output = {}, .github_env = {}}, {"db"}, log_,
                files_);
  file.learn({"db", 40001});
  EXPECT_THAT(logged_, HasSubstr("port_file.failed"));
  EXPECT_THAT(logged_, HasSubstr(folder_ + "/..."));
  EXPECT_THAT(logged_, HasSubstr("hint="));
  EXPECT_EQ(file.ports().size(), 1U);
}

TEST(PortFilePaths, are_those_of_the_setting_or_of_github) {
  const config::Env env({{"GITHUB_OUTPUT", "/o"}});
  const auto path = port_file_paths("/run/ports", env);
  EXPECT_EQ(path.file, "/run/ports");
  EXPECT_EQ(path.github_output, "");
  const auto github = port_file_paths("github", env);
  EXPECT_EQ(github.file, "");
  EXPECT_EQ(github.github_output, "/o");
  EXPECT_EQ(github.github_env, "");
}

}  // namespace
}  // namespace towline::app
