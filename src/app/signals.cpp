#include "app/signals.hpp"

#include "app/end_deadline.hpp"
#include "app/stop_request.hpp"

#include <chrono>
#include <signal.h>

namespace towline::app {

Signals::Signals(asio::io_context& context, Agent& agent, Shutdown& shutdown, const observe::Log& log)
    : set_(context), agent_(agent), shutdown_(shutdown), log_(log) {
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
  switch (meaning_of_stop(shutdown_.begun(), std::chrono::steady_clock::now())) {
    case StopMeaning::begin: return shutdown_.begin(number == SIGINT ? "SIGINT" : "SIGTERM");
    case StopMeaning::same: return;
    case StopMeaning::now: end_now(log_, static_cast<int>(ExitCode::signalled) + number);
  }
}

}  // namespace towline::app
