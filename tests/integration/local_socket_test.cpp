// Unix sockets that towline makes: who may use them, and when they are there.
#include "integration/fixtures/forwards.hpp"

#include <filesystem>
#include <sys/stat.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class LocalSocket : public Forwards {
 protected:
  std::string forward() const { return "-L " + path("l.sock") + ":" + loopback(target_.port()); }
};

TEST_F(LocalSocket, is_its_owners_alone_and_goes_with_towline) {
  const auto towline = start(environment(forward()));
  struct stat found{};
  ASSERT_EQ(::lstat(path("l.sock").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_TRUE(echoes(path("l.sock"), 5s));
  towline->terminate();
  EXPECT_EQ(towline->process().exit_code(10s), 0);
  EXPECT_FALSE(std::filesystem::exists(path("l.sock")));
}

TEST_F(LocalSocket, stays_and_refuses_while_there_is_no_session) {
  const auto towline = start(environment(forward()));
  sshd_.kill_all();
  EXPECT_TRUE(eventually(5s, [&] { return !Socket::connect(path("l.sock"), 1s); }));
  EXPECT_TRUE(eventually(5s, [&] { return std::filesystem::exists(path("l.sock")); }));
  sshd_.start();
  EXPECT_TRUE(eventually(20s, [&] { return echoes(path("l.sock"), 1s); }));
}

TEST_F(LocalSocket, left_by_a_towline_that_was_killed_is_an_error_with_advice_unless_unlinking_is_asked_for) {
  {
    const auto killed = start(environment(forward()));
    killed->process().signal(SIGKILL);
    killed->process().exit_code(10s);
  }
  ASSERT_TRUE(std::filesystem::exists(path("l.sock")));
  Towline refused(dir_, environment(forward()));
  EXPECT_EQ(refused.process().exit_code(10s), 73);
  EXPECT_TRUE(refused.logged("StreamLocalBindUnlink=yes"));
  EXPECT_TRUE(std::filesystem::exists(path("l.sock")));

  auto variables = environment(forward());
  variables["SSH_OPTIONS"] = "-o StreamLocalBindUnlink=yes -o StreamLocalBindMask=0117";
  const auto towline = start(std::move(variables));
  EXPECT_TRUE(echoes(path("l.sock"), 5s));
  struct stat found{};
  ASSERT_EQ(::lstat(path("l.sock").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0660U);
}

}  // namespace

}  // namespace towline::fixtures
