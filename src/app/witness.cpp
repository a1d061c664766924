#include "app/witness.hpp"

#include "app/stop_request.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace towline::app {

Witness::Witness(std::span<const int> signals, const std::function<void()>& forget) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  sigset_t noticed;
  sigset_t all;
  sigset_t before;
  ::sigemptyset(&noticed);
  for (const int number : signals) ::sigaddset(&noticed, number);
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    forget();
    notice(noticed, ends[1]);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::close(ends[1]);
  pipe_ = ends[0];
}

Witness::~Witness() {
  if (pipe_ >= 0) ::close(pipe_);
}

// Whoever waits for the end of our output must not wait for this process.
void Witness::notice(const sigset_t& signals, int pipe) {
  ::prctl(PR_SET_NAME, "towline-witness");
  ::dup2(pipe, 0);
  ::close_range(1, ~0U, 0);
  for (Notice notice;;) {
    if (::sigwait(&signals, &notice.signal) != 0) continue;
    notice.when = Clock::now();
    if (::write(0, &notice, sizeof notice) < 0 && errno == EPIPE) ::_exit(0);
  }
}

bool Witness::has_noticed(int signal) {
  for (Notice notice; ::read(pipe_, &notice, sizeof notice) == sizeof notice;) {
    last_.at(static_cast<std::size_t>(notice.signal)) = notice.when;
  }
  const auto when = last_.at(static_cast<std::size_t>(signal));
  return when != Clock::time_point() && Clock::now() - when < same_stop_request;
}

}  // namespace towline::app
