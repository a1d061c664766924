#include "app/systemd.hpp"

#include "config/problem.hpp"
#include "observe/health.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <unistd.h>

namespace towline::app {

namespace {

std::optional<std::uint64_t> number_in(const config::Env& env, std::string_view variable) {
  const auto text = env.get(variable);
  std::uint64_t number = 0;
  if (!text) return std::nullopt;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failed != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

// WATCHDOG_PID is set where only one process of several is meant.
std::optional<std::chrono::microseconds> half_of_watchdog(const config::Env& env) {
  const auto limit = number_in(env, "WATCHDOG_USEC");
  const auto pid = number_in(env, "WATCHDOG_PID");
  if (!limit || *limit < 2 || (pid && *pid != static_cast<std::uint64_t>(::getpid()))) return std::nullopt;
  return std::chrono::microseconds(*limit / 2);
}

const observe::ForwardFacts* find_forward(const observe::Facts& facts, std::string_view name) {
  const auto named = [&](const observe::ForwardFacts& forward) { return forward.traits->name == name; };
  const auto found = std::ranges::find_if(facts.forwards, named);
  return found == facts.forwards.end() ? nullptr : &*found;
}

}  // namespace

std::string status_sentence(const observe::Facts& facts) {
  if (facts.draining) return "Stopping: waiting for open connections";
  const auto verdict = observe::ready(facts);
  if (verdict.ok) {
    const auto is_up = [&](const auto& forward) { return observe::judge(forward, facts.now.steady).up; };
    const auto up = std::ranges::count_if(facts.forwards, is_up);
    const auto all = facts.forwards.size();
    return "Ready: " + std::to_string(up) + " of " + std::to_string(all) +
           (all == 1 ? " forward is up" : " forwards are up");
  }
  std::string sentence = "Not ready: " + verdict.subject + ": " + std::string(verdict.reason.label());
  const auto* forward = find_forward(facts, verdict.subject);
  if (forward && !forward->status->detail.empty())
    sentence += ": " + config::printable(forward->status->detail);
  return sentence;
}

bool is_for_main_process(std::string_view variable) {
  constexpr std::array<std::string_view, 3> ours = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
  return std::ranges::find(ours, variable) != ours.end();
}

Systemd::Systemd(const config::Env& env) {
  const auto path = env.get("NOTIFY_SOCKET").value_or("");
  if (!path.starts_with('/') && !path.starts_with('@')) return;
  if (path.size() >= sizeof address_.sun_path) return;
  address_.sun_family = AF_UNIX;
  path.copy(address_.sun_path, path.size());
  if (path.front() == '@') address_.sun_path[0] = '\0';
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ >= 0) beat_interval_ = half_of_watchdog(env);
  if (beat_interval_) attendance_.emplace(*beat_interval_ * 3 / 2);
}

Systemd::~Systemd() {
  if (socket_ >= 0) ::close(socket_);
}

bool Systemd::send(std::string_view message) const {
  const auto* address = reinterpret_cast<const sockaddr*>(&address_);
  return ::sendto(socket_, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL, address,
                  address_size_) >= 0;
}

// What could not be sent is new the next time too.
void Systemd::update(const observe::Board& board) {
  if (socket_ < 0) return;
  const std::lock_guard lock(mutex_);
  const auto facts = board.snapshot();
  const bool ready = facts.started && !ready_told_;  // a program of `run` may have ended since
  const bool stopping = facts.draining && !stopping_told_;
  auto sentence = status_sentence(facts);
  if (!ready && !stopping && sentence == sentence_told_) return;
  std::string message = "STATUS=" + sentence;
  if (ready) message += "\nREADY=1";
  if (stopping) message += "\nSTOPPING=1";
  if (!send(message)) return;
  ready_told_ |= ready;
  stopping_told_ |= stopping;
  sentence_told_ = std::move(sentence);
}

void Systemd::reload_begins() {
  if (socket_ < 0) return;
  const std::lock_guard lock(mutex_);
  if (!ready_told_ || stopping_told_) return;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  reloading_ = send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void Systemd::reload_ends() {
  const std::lock_guard lock(mutex_);
  if (reloading_ && !stopping_told_ && send("READY=1")) reloading_ = false;
}

void Systemd::beat(const observe::Board& board) {
  if (socket_ < 0) return;
  auto facts = board.snapshot();
  if (attendance_) {
    attendance_->look(facts.now.steady);
    facts.watched_since = std::max(facts.watched_since, attendance_->since(facts.now.steady));
  }
  if (observe::live(facts).ok) send("WATCHDOG=1");
}

}  // namespace towline::app
