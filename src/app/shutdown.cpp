#include "app/shutdown.hpp"

namespace towline::app {

Shutdown::Shutdown(asio::io_context& context, Agent& agent, std::chrono::milliseconds delay,
                   const observe::Log& log)
    : agent_(agent), delay_(delay), log_(log), timer_(context) {}

void Shutdown::begin(std::string_view cause) {
  if (begun_) return;
  begun_ = std::chrono::steady_clock::now();
  log_.info("shutdown.begin", "draining", {{"cause", cause}, {"shutdown_delay_s", delay_}});
  agent_.board().begin_draining();
  if (delay_.count() == 0) {
    agent_.stop();
    return;
  }
  timer_.expires_after(delay_);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) agent_.stop();
  });
}

}  // namespace towline::app
