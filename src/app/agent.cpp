#include "app/agent.hpp"

#include "app/build.hpp"
#include "app/expose_thread.hpp"
#include "app/session_thread.hpp"
#include "async/deadline.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace towline::app {

namespace {

// Beside the drain timeout: a second for the goodbye to the server, the rest for a machine that is busy.
constexpr std::chrono::seconds end_allowance{4};

constexpr std::chrono::seconds sum_up_interval{1};

std::vector<observe::ForwardTraits> all_traits(const config::Config& config, std::size_t connections_max) {
  std::vector<observe::ForwardTraits> all;
  for (const auto& spec : config.forwards) all.push_back(traits_of(spec, config, connections_max));
  return all;
}

// In random order where that was asked for, and the same for all sessions: so they begin spread out.
supervisor::PoolOptions shuffled(supervisor::PoolOptions pool) {
  std::mt19937_64 random(std::random_device{}());
  if (pool.select == supervisor::RemoteSelect::random) std::ranges::shuffle(pool.servers, random);
  return pool;
}

std::vector<std::unique_ptr<LoopThread>> make_threads(const Surroundings& around) {
  std::vector<std::unique_ptr<LoopThread>> threads;
  const auto entrance = std::ranges::find_if(around.config.forwards, forward::is_expose);
  if (entrance != around.config.forwards.end()) {
    threads.push_back(std::make_unique<ExposeThread>(around, *entrance));
    return threads;
  }
  SessionThread* first = nullptr;
  for (std::size_t number = 0; number < session_count(around.config); ++number) {
    auto session = std::make_unique<SessionThread>(around, number, first);
    if (!first) first = session.get();
    threads.push_back(std::move(session));
  }
  return threads;
}

}  // namespace

Agent::Agent(const config::Config& config, const DescriptorShares& shares, const observe::Log& log,
             observe::Board::ReadinessChanged changed)
    : config_(config),
      log_(log),
      end_deadline_(config.app.drain_timeout + end_allowance, log),
      descriptors_(shares.connections),
      target_look_ups_(shares.target_look_ups),
      metrics_(build_info(), all_traits(config, shares.connections), log),
      board_(config.ready, std::move(changed)),
      pool_(shuffled(config.pool)),
      accepted_host_keys_(std::make_shared<ssh::AcceptedHostKeys>(config.ssh.host_key.accepted_file)),
      turnstile_(pool_.servers.size()),
      threads_(make_threads({config_, pool_, accepted_host_keys_, turnstile_, descriptors_, target_look_ups_,
                             board_, metrics_, clients_, client_numbers_, log_})),
      network_(threads_.front()->executor()),
      admin_(config.admin, board_, metrics_, log_, {.connections_max = shares.http_clients}) {
  if (std::ranges::any_of(config.forwards, forward::is_endpoint)) {
    board_.tell_of(clients_.sessions());
    metrics_.also([this](observe::FamilySet& families) { clients_.collect(families); });
  }
}

Agent::~Agent() = default;

Result<> Agent::start(std::function<void()> ended) {
  for (auto& thread : threads_) {
    if (auto prepared = thread->prepare(); !prepared) return prepared;
  }
  if (auto started = admin_.start(); !started) return started;
  if (auto watched = end_deadline_.start(); !watched) return watched;
  ended_ = std::move(ended);
  running_ = threads_.size();
  start_companions();
  for (auto& thread : threads_) {
    auto started = thread->start([this](supervisor::Ending ending) { thread_ended(ending); });
    if (started) continue;
    stop();
    join();
    return started;
  }
  return {};
}

void Agent::thread_ended(supervisor::Ending ending) {
  if (ending != supervisor::Ending::stopped) {
    auto none_yet = supervisor::Ending::stopped;  // the first reason counts
    ending_.compare_exchange_strong(none_yet, ending);
    stop();
  }
  if (--running_ > 0) return;
  end_deadline_.met();
  ended_();
}

void Agent::stop() {
  end_deadline_.begin();
  board_.begin_draining();
  for (auto& thread : threads_) thread->stop();
}

void Agent::wake() {
  for (auto& thread : threads_) thread->wake();
}

void Agent::start_companions() {
  auto& first = *threads_.front();
  if (auto opened = network_.open(); !opened) {
    log_.info("network.unwatched", "cannot watch the network: its changes will not cut a wait short",
              {{"err", opened.error().message()}});
  }
  first.accompany(network_.run([this] {
    log_.info("network.changed", "an address or a default route was added");
    wake();
  }));
  first.accompany(sum_up_log());
  if (config_.reconnect.max_lifetime.count() > 0) first.accompany(end_of_life());
}

Task<> Agent::sum_up_log() {
  do {
    log_.sum_up();
  } while (!co_await sleep_until(std::chrono::steady_clock::now() + sum_up_interval));
}

Task<> Agent::end_of_life() {
  if (co_await sleep_until(std::chrono::steady_clock::now() + config_.reconnect.max_lifetime)) co_return;
  if (board_.snapshot().draining) co_return;
  log_.info("shutdown.begin", "draining: AUTOSSH_MAXLIFETIME has passed");
  ending_ = board_.snapshot().started ? supervisor::Ending::lifetime_over : supervisor::Ending::gave_up;
  stop();
}

void Agent::reload() {
  log_.info("secret.reload", "reloading keys, certificates and known hosts");
  if (reloading_) reloading_(true);
  replace_all(observe::Disconnect::key_rotation, [this](bool success) { reloaded(success); });
}

void Agent::reloaded(bool success) {
  if (reloading_) reloading_(false);
  if (success) {
    metrics_.config_reloaded(observe::Wall::now());
    log_.info("secret.reloaded", "the SSH sessions now use the reloaded files");
    return;
  }
  metrics_.config_reload_failed();
  log_.error("secret.reload_failed", "could not establish an SSH session with the reloaded files",
             {{"hint", "see the lines above; the current session keeps running with the old credentials"}});
}

bool Agent::reconnect(std::string_view forward) {
  const auto& all = config_.forwards;
  const auto known = std::ranges::find(all, forward, &forward::ForwardSpec::name);
  if (!forward.empty() && known == all.end()) return false;
  const bool first_only = known != all.end() && !is_taken_by_all(known->mode);
  if (first_only) {
    threads_.front()->replace(observe::Disconnect::admin, [](bool) {});
  } else {
    replace_all(observe::Disconnect::admin, [](bool) {});
  }
  return true;
}

bool Agent::disconnect(std::uint64_t client) {
  if (!board_.has_client(client)) return false;
  threads_.front()->disconnect(client);
  return true;
}

bool Agent::end_exposed(std::string_view where) {
  return board_.has_listener(where) && threads_.front()->end_exposed(std::string(where));
}

// `done` is called once, on the thread of the last session to know; true when each has got what it wanted.
void Agent::replace_all(observe::Disconnect why, std::function<void(bool)> done) {
  struct Tally {
    std::atomic<std::size_t> left;
    std::atomic<bool> success{true};
  };
  auto tally = std::make_shared<Tally>(threads_.size());
  for (auto& thread : threads_) {
    thread->replace(why, [tally, done](bool success) {
      if (!success) tally->success = false;
      if (--tally->left == 0) done(tally->success);
    });
  }
}

supervisor::Ending Agent::join() {
  end_deadline_.begin();
  for (auto& thread : threads_) thread->release();
  for (auto& thread : threads_) thread->join();
  admin_.stop();
  return ending_;
}

}  // namespace towline::app
