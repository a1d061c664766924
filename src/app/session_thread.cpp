#include "app/session_thread.hpp"

#include "forward/local_entry.hpp"
#include "forward/probe_rules.hpp"
#include "net/host_port.hpp"
#include "ssh/connection/keepalive.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::app {

namespace {

std::string pulse_name(std::size_t number) {
  return number == 0 ? "session" : "session-" + std::to_string(number + 1);
}

// "a:22,b:22"
std::string pool_text(const supervisor::PoolOptions& pool) {
  std::string text;
  for (const auto& server : pool.servers) text += (text.empty() ? "" : ",") + net::to_string(server);
  return text;
}

}  // namespace

bool is_taken_by_all(forward::Mode mode) {
  return mode == forward::Mode::local || mode == forward::Mode::dynamic;
}

observe::ForwardTraits traits_of(const forward::ForwardSpec& spec, const config::Config& config,
                                 std::size_t connections_max) {
  const auto deadline = ssh::connection::Keepalive::deadline(config.ssh.keepalive);
  observe::ForwardTraits traits{.name = spec.name,
                                .mode = forward::to_string(spec.mode),
                                .listen = forward::listen_text(spec),
                                .target = forward::connect_text(spec),
                                .server = pool_text(config.pool),
                                .required = spec.required,
                                .max_connections = std::min(spec.max_connections, connections_max),
                                .rx_deadline = {},
                                .probed = forward::is_probed(spec),
                                .published = config.publish.service && spec.mode == forward::Mode::remote};
  // No server of an entrance's falls silent.
  if (deadline.count() > 0 && !is_expose(spec)) traits.rx_deadline = deadline;
  return traits;
}

SessionThread::SessionThread(const Surroundings& around, std::size_t number, SessionThread* first)
    : drain_timeout_(around.config.app.drain_timeout),
      pulse_(around.board.add_pulse(pulse_name(number))),
      supervisor_(make(around, number, first ? *first : *this)) {}

SessionThread::~SessionThread() { join(); }

forward::LocalEntry* SessionThread::entry_for(const forward::ForwardSpec& spec, const Surroundings& around,
                                              SessionThread& first) {
  if (!is_taken_by_all(spec.mode)) return nullptr;
  if (this != &first) {
    const auto name = [](const auto& entry) { return std::string_view(entry->spec().name); };
    return std::ranges::find(first.entries_, spec.name, name)->get();
  }
  std::function<void()> cannot_listen;
  // With nothing else to do there is no point in going on; otherwise each forward is on its own.
  if (around.config.forwards.size() == 1) cannot_listen = [this] { supervisor_.cannot_listen(); };
  entries_.push_back(std::make_unique<forward::LocalEntry>(executor(), spec, std::move(cannot_listen),
                                                           around.descriptors,
                                                           around.metrics.forward(spec.name), around.log));
  return entries_.back().get();
}

supervisor::SupervisedForward SessionThread::supervised(const forward::ForwardSpec& spec,
                                                        const Surroundings& around, SessionThread& first) {
  auto& metrics = around.metrics.forward(spec.name);
  supervisor::SupervisedForward forward{
      .spec = spec,
      .metrics = metrics,
      .slot = around.board.add_forward(traits_of(spec, around.config, around.descriptors.limit()), pulse_),
      .entry = entry_for(spec, around, first),
      .places = {}};
  if (spec.mode == forward::Mode::remote)
    forward.places = std::make_shared<forward::Places>(spec.max_connections, around.descriptors, metrics);
  if (spec.mode == forward::Mode::share) {
    const endpoint::Surroundings shared{around.config.endpoint, around.config.ssh.connect_timeout,
                                        around.clients, around.client_numbers};
    entrances_.push_back(std::make_unique<share::Entrance>(executor(), spec, around.config.share, shared,
                                                           metrics, around.board.add_endpoint(spec.name),
                                                           around.log));
    forward.passenger = &entrances_.back()->passenger();
  }
  return forward;
}

supervisor::Supervisor SessionThread::make(const Surroundings& around, std::size_t number,
                                           SessionThread& first) {
  const auto& config = around.config;
  std::vector<supervisor::SupervisedForward> forwards;
  for (const auto& spec : config.forwards) {
    if (this == &first || is_taken_by_all(spec.mode)) forwards.push_back(supervised(spec, around, first));
  }
  if (this == &first && config.publish.service) {
    publisher_ = std::make_unique<publish::Publisher>(config.publish, config.forwards,
                                                      config.ssh.connect_timeout, around.log);
  }
  supervisor::Options options{config.ssh,
                              config.reconnect,
                              around.pool,
                              number,
                              config.app.drain_timeout,
                              &around.descriptors,
                              &around.target_look_ups,
                              around.accepted_host_keys,
                              publisher_.get()};
  return {executor(), std::move(options), forwards, around.turnstile, pulse_, around.metrics, around.log};
}

Result<> SessionThread::prepare() {
  for (auto& entrance : entrances_) {
    if (auto prepared = entrance->prepare(); !prepared) return prepared;
  }
  return {};
}

Task<supervisor::Ending> SessionThread::run() {
  for (auto& entrance : entrances_) accompany(entrance->run());
  for (auto& entry : entries_) accompany(entry->run());
  return supervisor_.run();
}

void SessionThread::stop() {
  asio::post(executor(), [this] {
    for (auto& entry : entries_) entry->stop();
    for (auto& entrance : entrances_) entrance->stop(std::chrono::steady_clock::now() + drain_timeout_);
    supervisor_.stop();
  });
}

void SessionThread::wake() {
  asio::post(executor(), [this] { supervisor_.wake(); });
}

void SessionThread::replace(observe::Disconnect why, supervisor::Supervisor::Replaced replaced) {
  asio::post(executor(), [this, why, replaced = std::move(replaced)]() mutable {
    supervisor_.replace(why, std::move(replaced));
  });
}

void SessionThread::disconnect(std::uint64_t client) {
  asio::post(executor(), [this, client] {
    for (auto& entrance : entrances_) entrance->disconnect(client);
  });
}

}  // namespace towline::app
