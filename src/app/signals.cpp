#include "app/signals.hpp"

#include "app/exit_code.hpp"

#include <signal.h>
#include <unistd.h>

namespace towline::app {

Signals::Signals(asio::io_context& context, Agent& agent, Shutdown& shutdown)
    : set_(context), agent_(agent), shutdown_(shutdown) {
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
    case SIGUSR1: agent_.reconnect(""); break;
    default: on_end(number);
  }
  wait();
}

void Signals::on_end(int number) {
  if (shutdown_.begun()) ::_exit(static_cast<int>(ExitCode::signalled) + number);
  shutdown_.begin(number == SIGINT ? "SIGINT" : "SIGTERM");
}

}  // namespace towline::app
