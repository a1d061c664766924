#include "app/witness.hpp"

#include <gtest/gtest.h>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace towline::app {
namespace {

using namespace std::chrono_literals;

constexpr int noticed[] = {SIGUSR1, SIGUSR2};

// In a process group of its own, so that nobody else is told; ends with 0 if `expected` came true.
template <class Act>
bool in_a_group_of_its_own(Act act) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    for (const int number : noticed) ::signal(number, SIG_IGN);
    Witness witness(noticed, [] {});
    ::_exit(act(witness) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool notices_soon(Witness& witness, int signal) {
  const auto until = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < until) {
    if (witness.has_noticed(signal)) return true;
    ::sched_yield();
  }
  return false;
}

TEST(Witness, notices_what_is_sent_to_the_group) {
  EXPECT_TRUE(in_a_group_of_its_own([](Witness& witness) {
    ::kill(0, SIGUSR1);
    return notices_soon(witness, SIGUSR1) && !witness.has_noticed(SIGUSR2);
  }));
}

// SIGUSR2 to the group is sent later: by the time that it is noticed, SIGUSR1 would have been.
TEST(Witness, does_not_notice_what_is_sent_to_us_alone) {
  EXPECT_TRUE(in_a_group_of_its_own([](Witness& witness) {
    ::kill(::getpid(), SIGUSR1);
    ::kill(0, SIGUSR2);
    return notices_soon(witness, SIGUSR2) && !witness.has_noticed(SIGUSR1);
  }));
}

TEST(Witness, forgets_what_was_a_while_ago) {
  EXPECT_TRUE(in_a_group_of_its_own([](Witness& witness) {
    ::kill(0, SIGUSR1);
    if (!notices_soon(witness, SIGUSR1)) return false;
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (witness.has_noticed(SIGUSR1) && std::chrono::steady_clock::now() < until) ::sched_yield();
    return !witness.has_noticed(SIGUSR1);
  }));
}

// It begins with a copy of all that we have in memory.
TEST(Witness, is_told_what_to_forget_and_we_are_not) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t us = ::getpid();
  {
    const Witness witness(noticed, [&] {
      const bool another = ::getpid() != us;
      [[maybe_unused]] const auto told = ::write(ends[1], &another, sizeof another);
    });
    bool another = false;
    EXPECT_EQ(::read(ends[0], &another, sizeof another), static_cast<ssize_t>(sizeof another));
    EXPECT_TRUE(another);
  }
  ::close(ends[1]);
  bool once_more = false;
  EXPECT_EQ(::read(ends[0], &once_more, sizeof once_more), 0);
  ::close(ends[0]);
}

}  // namespace
}  // namespace towline::app
