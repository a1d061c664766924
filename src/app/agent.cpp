#include "app/agent.hpp"

#include "app/build.hpp"
#include "observe/readiness_log.hpp"

#include <algorithm>
#include <utility>

namespace towline::app {

namespace {

std::vector<observe::ForwardTraits> all_traits(const config::Config& config) {
  std::vector<observe::ForwardTraits> all;
  for (const auto& spec : config.forwards) all.push_back(traits_of(spec, config));
  return all;
}

}  // namespace

Agent::Agent(const config::Config& config, const observe::Log& log)
    : config_(config),
      log_(log),
      metrics_(build_info(), all_traits(config), log),
      board_(config.ready, observe::readiness_log(log)),
      admin_(config.admin, board_, metrics_) {
  sessions_.push_back(std::make_unique<SessionThread>(config, board_, metrics_, log));
}

Agent::~Agent() = default;

Result<> Agent::start(std::function<void()> ended) {
  if (auto started = admin_.start(); !started) return started;
  ended_ = std::move(ended);
  running_ = sessions_.size();
  for (auto& session : sessions_) {
    session->start([this](supervisor::Ending ending) { session_ended(ending); });
  }
  return {};
}

void Agent::session_ended(supervisor::Ending ending) {
  if (ending != supervisor::Ending::stopped) {
    auto none_yet = supervisor::Ending::stopped;
    ending_.compare_exchange_strong(none_yet, ending);
    stop();
  }
  if (--running_ == 0) ended_();
}

void Agent::stop() {
  board_.begin_draining();
  for (auto& session : sessions_) session->stop();
}

void Agent::wake() {}

void Agent::reload() {}

bool Agent::reconnect(std::string_view forward) {
  if (forward.empty()) return true;
  return std::ranges::find(config_.forwards, forward, &forward::ForwardSpec::name) != config_.forwards.end();
}

supervisor::Ending Agent::join() {
  for (auto& session : sessions_) session->release();
  for (auto& session : sessions_) session->join();
  admin_.stop();
  return ending_;
}

}  // namespace towline::app
