#include "app/signals.hpp"

#include "app/exit_code.hpp"

#include <signal.h>
#include <unistd.h>

namespace towline::app {

Signals::Signals(asio::io_context& context, Agent& agent, const observe::Log& log)
    : set_(context), agent_(agent), log_(log) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) set_.add(number);
  wait();
}

void Signals::wait() {
  set_.async_wait([this](boost::system::error_code ec, int number) {
    if (!ec) on_signal(number);
  });
}

void Signals::on_signal(int number) {
  switch (number) {
    case SIGHUP: agent_.reload(); break;
    case SIGUSR1: agent_.wake(); break;
    default: on_end(number);
  }
  wait();
}

void Signals::on_end(int number) {
  if (draining_) ::_exit(static_cast<int>(ExitCode::signalled) + number);
  draining_ = true;
  log_.info("shutdown.begin", "draining", {{"signal", number}});
  agent_.stop();
}

}  // namespace towline::app
