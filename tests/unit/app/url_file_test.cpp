#include "app/url_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace towline::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class UrlFileTest : public testing::Test {
 protected:
  UrlFileTest() : folder_("/tmp/towline-urls-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~UrlFileTest() override { std::filesystem::remove_all(folder_); }

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

TEST_F(UrlFileTest, has_the_addresses_that_there_are_in_the_order_of_the_forwards) {
  const auto path = folder_ + "/urls";
  std::ofstream(path) << "web=https://old.example\n";
  {
    UrlFile file({.file = path, .github_output = {}, .github_env = {}}, {"web", "db"}, log_, files_);
    EXPECT_FALSE(std::filesystem::exists(path)) << "what another run has left is not ours";
    file.learn("db", {"example:1"});
    file.learn("web", {"https://web.example", "http://web.example"});
    EXPECT_EQ(read(path), "web=https://web.example\nweb=http://web.example\ndb=example:1\n");
    file.learn("web", {});
    EXPECT_EQ(read(path), "db=example:1\n");
    file.learn("unknown", {"https://x.example"});
    EXPECT_EQ(read(path), "db=example:1\n");
  }
  EXPECT_TRUE(files_.finish(10s));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(logged_, "");
}

TEST_F(UrlFileTest, tells_github_the_first_address_of_each) {
  const auto output = folder_ + "/output", env = folder_ + "/env";
  UrlFile file({.file = {}, .github_output = output, .github_env = env}, {"web-1.x"}, log_, files_);
  file.learn("web-1.x", {"https://web.example", "http://web.example"});
  file.learn("web-1.x", {});
  EXPECT_EQ(read(output), "url-web-1-x=https://web.example\n");
  EXPECT_EQ(read(env), "TUNNEL_URL_WEB_1_X=https://web.example\n");
}

TEST_F(UrlFileTest, does_not_touch_what_is_somebody_elses) {
  const auto path = folder_ + "/notes";
  std::ofstream(path) << "my notes\n";
  UrlFile file({.file = path, .github_output = {}, .github_env = {}}, {"web"}, log_, files_);
  file.learn("web", {"https://web.example"});
  EXPECT_EQ(read(path), "my notes\n");
  EXPECT_THAT(logged_, HasSubstr("url_file.failed"));
}

TEST(UrlLines, are_known_by_their_form) {
  EXPECT_TRUE(are_url_lines(""));
  EXPECT_TRUE(are_url_lines("web=https://web.example\ndb=example:1\n"));
  for (const auto* other :
       {"web=https://web.example", "=https://web.example\n", "web\n", "a b=c:1\n", "web=\n"})
    EXPECT_FALSE(are_url_lines(other)) << other;
}

}  // namespace
}  // namespace towline::app
