#include "app/session_thread.hpp"

#include "forward/probe_rules.hpp"
#include "net/host_port.hpp"
#include "ssh/connection/keepalive.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>
#include <vector>

namespace towline::app {

observe::ForwardTraits traits_of(const forward::ForwardSpec& spec, const config::Config& config) {
  const auto deadline = ssh::connection::Keepalive::deadline(config.ssh.keepalive);
  observe::ForwardTraits traits{.name = spec.name,
                                .mode = forward::to_string(spec.mode),
                                .listen = forward::listen_text(spec),
                                .target = forward::connect_text(spec),
                                .server = net::to_string(config.ssh.server),
                                .required = spec.required,
                                .max_connections = spec.max_connections,
                                .rx_deadline = {},
                                .probed = forward::is_probed(spec)};
  if (deadline.count() > 0) traits.rx_deadline = deadline;
  return traits;
}

SessionThread::SessionThread(const config::Config& config, observe::Board& board, observe::Metrics& metrics,
                             const observe::Log& log)
    : work_(context_.get_executor()),
      pulse_(board.add_pulse("session")),
      supervisor_(make(config, board, metrics, log)) {}

SessionThread::~SessionThread() {
  release();
  if (thread_.joinable()) thread_.join();
}

supervisor::Supervisor SessionThread::make(const config::Config& config, observe::Board& board,
                                           observe::Metrics& metrics, const observe::Log& log) {
  std::vector<supervisor::SupervisedForward> forwards;
  for (const auto& spec : config.forwards) {
    forwards.push_back(
        {spec, metrics.forward(spec.name), board.add_forward(traits_of(spec, config), pulse_)});
  }
  supervisor::Options options{config.ssh, config.reconnect, config.app.drain_timeout};
  return {context_.get_executor(), std::move(options), forwards, pulse_, metrics, log};
}

void SessionThread::start(std::function<void(supervisor::Ending)> ended) {
  asio::co_spawn(context_, supervisor_.run(),
                 [ended = std::move(ended)](std::exception_ptr bug, supervisor::Ending ending) {
                   if (bug) std::rethrow_exception(bug);
                   ended(ending);
                 });
  thread_ = std::thread([this] { context_.run(); });
}

void SessionThread::stop() {
  asio::post(context_, [this] { supervisor_.stop(); });
}

void SessionThread::join() {
  release();
  if (thread_.joinable()) thread_.join();
}

}  // namespace towline::app
