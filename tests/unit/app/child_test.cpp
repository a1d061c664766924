#include "app/child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace towline::app {
namespace {

int run_child(const std::vector<std::string>& argv, const InheritedDescriptors& inherited,
              const std::vector<std::string>& variables = {}) {
  const auto program = start_program(argv, variables, inherited);
  if (!program) return exit_status_of(program.error());
  int status = 0;
  EXPECT_EQ(::waitpid(*program, &status, 0), *program);
  return exit_status_of(status);
}

TEST(Child, ends_with_its_status_or_with_128_and_the_signal) {
  const auto inherited = InheritedDescriptors::look();
  EXPECT_EQ(run_child({"/bin/sh", "-c", "exit 3"}, inherited), 3);
  EXPECT_EQ(run_child({"sh", "-c", "kill -9 $$"}, inherited), 128 + SIGKILL);
  EXPECT_EQ(run_child({"/no/such/program"}, inherited), 127);
  EXPECT_EQ(run_child({"no-such-program-anywhere"}, inherited), 127);
  EXPECT_EQ(run_child({"/etc/passwd"}, inherited), 126);
  EXPECT_EQ(run_child({"/etc"}, inherited), 126);
}

TEST(Child, has_the_environment_that_it_is_given_and_no_other) {
  const auto inherited = InheritedDescriptors::look();
  EXPECT_EQ(run_child({"/bin/sh", "-c", "exit $TUNNEL_PORT_DB"}, inherited, {"TUNNEL_PORT_DB=42"}), 42);
  EXPECT_EQ(run_child({"/bin/sh", "-c", "[ -z \"$HOME\" ]"}, inherited), 0);
}

TEST(Child, is_given_our_environment_with_the_ports_and_without_what_systemd_wants_of_us) {
  EXPECT_THAT(environment_for_program({"A=1", "NOTIFY_SOCKET=/n", "WATCHDOG_USEC=1", "WATCHDOG_PID=1",
                                       "NOTIFY_SOCKET_OF_ANOTHER=/n", "TUNNEL_PORT_DB=7", "EMPTY="},
                                      {{"db", 42}, {"web", 43}}),
              testing::ElementsAre("A=1", "NOTIFY_SOCKET_OF_ANOTHER=/n", "EMPTY=", "TUNNEL_PORT_DB=42",
                                   "TUNNEL_PORT_WEB=43"));
}

TEST(Child, is_told_how_to_use_the_endpoint_unless_the_user_has_said_so) {
  EXPECT_THAT(with_ssh_config({"A=1", "RSYNC_RSH=ssh -p 9", "RSYNC_RSH_OF_ANOTHER=x"}, "/t/config"),
              testing::ElementsAre("A=1", "RSYNC_RSH=ssh -p 9", "RSYNC_RSH_OF_ANOTHER=x",
                                   "GIT_SSH_COMMAND=ssh -F /t/config", "TOWLINE_SSH_CONFIG=/t/config"));
}

TEST(Child, is_told_how_to_use_the_nearest_endpoint) {
  const auto outer = with_ssh_config({}, "/outer/config");
  EXPECT_THAT(
      with_ssh_config(outer, "/inner/config"),
      testing::UnorderedElementsAre("GIT_SSH_COMMAND=ssh -F /inner/config", "RSYNC_RSH=ssh -F /inner/config",
                                    "TOWLINE_SSH_CONFIG=/inner/config"));
}

// A socket of ours that the program held open would keep its port taken, or its peer waiting.
TEST(Child, has_the_descriptors_we_were_given_and_none_of_ours) {
  const int given = ::open("/dev/null", O_RDONLY);
  ASSERT_GE(given, 3);
  const int given_too = ::fcntl(given, F_DUPFD, 600);
  const auto inherited = InheritedDescriptors::look();
  ASSERT_EQ(inherited.last(), given_too);
  const int ours_below = ::open("/dev/null", O_RDONLY);
  ASSERT_LT(ours_below, given_too);
  const int ours_above = ::fcntl(given, F_DUPFD, given_too + 1);
  const auto open_in_child = [&](int number) {
    return run_child({"/bin/sh", "-c", "[ -e /proc/$$/fd/" + std::to_string(number) + " ]"}, inherited) == 0;
  };
  EXPECT_TRUE(open_in_child(given));
  EXPECT_TRUE(open_in_child(given_too));
  EXPECT_FALSE(open_in_child(ours_below));
  EXPECT_FALSE(open_in_child(ours_above));
  for (const int number : {given, ours_below, given_too, ours_above}) ::close(number);
}

TEST(Child, has_the_limit_of_descriptors_that_we_were_given_and_not_the_raised_one) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit given{.rlim_cur = 700, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &given), 0);
  const auto inherited = InheritedDescriptors::look();
  const rlimit raised{.rlim_cur = before.rlim_max, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &raised), 0);
  EXPECT_EQ(run_child({"/bin/sh", "-c", "[ $(ulimit -Sn) = 700 ]"}, inherited), 0);
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  EXPECT_EQ(now.rlim_cur, raised.rlim_cur);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Child, has_every_signal_as_a_new_process_has_it) {
  const auto inherited = InheritedDescriptors::look();
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  EXPECT_EQ(run_child({"/bin/sh", "-c", "kill -PIPE $$; exit 0"}, inherited), 128 + SIGPIPE);
  EXPECT_EQ(run_child({"/bin/sh", "-c", "kill -TERM $$; exit 0"}, inherited), 128 + SIGTERM);
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

}  // namespace
}  // namespace towline::app
