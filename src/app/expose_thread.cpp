#include "app/expose_thread.hpp"

#include "async/deadline.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace towline::app {

namespace {

constexpr std::chrono::seconds beat_interval{1};

}  // namespace

ExposeThread::ExposeThread(const Surroundings& around, const forward::ForwardSpec& spec)
    : drain_timeout_(around.config.app.drain_timeout),
      pulse_(around.board.add_pulse("entrance")),
      metrics_(around.metrics),
      entrance_(
          executor(), spec, around.config.expose,
          {around.config.endpoint, around.config.ssh.connect_timeout, around.clients, around.client_numbers},
          {.metrics = around.metrics.forward(spec.name),
           .forward =
               around.board.add_forward(traits_of(spec, around.config, around.descriptors.limit()), pulse_),
           .endpoint = around.board.add_endpoint(spec.name),
           .counts = counts_},
          around.descriptors, around.log) {
  around.metrics.also([this](observe::FamilySet& families) { counts_.collect(families); });
}

ExposeThread::~ExposeThread() { join(); }

Task<supervisor::Ending> ExposeThread::run() {
  accompany(beat());
  const bool stopped = co_await entrance_.run();
  pulse_.retire();
  co_return stopped ? supervisor::Ending::stopped : supervisor::Ending::cannot_listen;
}

Task<> ExposeThread::beat() {
  auto due = std::chrono::steady_clock::now();
  do {
    const auto now = std::chrono::steady_clock::now();
    metrics_.loop_lagged(now - due);
    pulse_.beat(now);
    due = now + beat_interval;
  } while (!co_await sleep_until(due));
}

void ExposeThread::stop() {
  asio::post(executor(), [this] { entrance_.stop(std::chrono::steady_clock::now() + drain_timeout_); });
}

void ExposeThread::replace(observe::Disconnect, std::function<void(bool)> replaced) {
  asio::post(executor(), [replaced = std::move(replaced)] { replaced(true); });
}

void ExposeThread::disconnect(std::uint64_t client) {
  asio::post(executor(), [this, client] { entrance_.disconnect(client); });
}

bool ExposeThread::end_exposed(std::string where) {
  asio::post(executor(), [this, where = std::move(where)] { entrance_.end_exposed(where); });
  return true;
}

}  // namespace towline::app
