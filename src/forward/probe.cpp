#include "forward/probe.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/wait.hpp"
#include "forward/probe_rules.hpp"
#include "ssh/error.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace towline::forward {

namespace {

using observe::ForwardState;
using observe::ProbeFailure;
using observe::Steady;

// How soon it is seen that a probe of -R has reached the target: twice the time of a good local round trip,
// and then twice as long again each time, up to this.
constexpr std::chrono::milliseconds first_look{2};
constexpr std::chrono::milliseconds longest_look{250};

// How one probe ended; nothing when that says nothing: the session is over, or we are to stop.
using MaybeOutcome = std::optional<ProbeOutcome>;

class Prober {
 public:
  explicit Prober(Site site) : site_(site), probe_(*site.spec.probe), up_(site.connections.executor()) {
    site_.report.when_up([this] { up_.notify_all(); });
  }
  ~Prober() { site_.report.when_up({}); }
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  Task<> run();

 private:
  Task<MaybeOutcome> attempt(Deadline deadline);
  Task<MaybeOutcome> wait_joined(ssh::Channel& channel, Deadline deadline);
  Task<MaybeOutcome> converse(ssh::Channel& channel, Deadline deadline);
  Task<> send(ssh::Channel& channel, ssh::Bytes bytes, Deadline deadline);
  ProbeOutcome out_of_time() const;
  void tell(const ProbeOutcome& outcome, Steady::duration took);

  bool is_up() const {
    const auto state = site_.report.status().state;
    return state == ForwardState::up || state == ForwardState::degraded;
  }
  std::uint64_t joined() const { return site_.report.metrics().totals().connections_opened; }

  Site site_;
  const ProbeSpec& probe_;
  Event up_;
  ProbeTally tally_;
  std::uint64_t joined_before_ = 0;
};

Task<> Prober::run() {
  while (!is_up()) {
    if (co_await up_.wait()) co_return;
  }
  for (;;) {
    const auto began = Steady::now();
    const auto outcome = co_await attempt(began + probe_timeout(probe_));
    if (!outcome || co_await cancelled() || !is_up()) co_return;
    tell(*outcome, Steady::now() - began);
    if (outcome->failure == ProbeFailure::prohibited) co_return;
    if (co_await sleep_until(Steady::now() + tally_.pause(probe_))) co_return;
  }
}

Task<MaybeOutcome> Prober::attempt(Deadline deadline) {
  joined_before_ = joined();
  auto request = probe_channel(site_.spec, site_.report.status().bound_port.value_or(0));
  auto channel = co_await site_.session.open(std::move(request), deadline);
  if (!channel) co_return judge_refusal(site_.spec, channel.error());
  if (probe_.kind != ProbeSpec::Kind::tcp) co_return co_await converse(*channel, deadline);
  // The server opens a channel of -L when it has connected, that of -R before we have.
  if (site_.spec.mode == Mode::local) co_return ProbeOutcome{};
  co_return co_await wait_joined(*channel, deadline);
}

// The server's side of the forward has accepted the probe. Whether our side has reached the target is seen
// here, in our own count of connections; it cannot be told from which end of the loop a connection is ours,
// and need not be: any that is joined now proves the way.
Task<MaybeOutcome> Prober::wait_joined(ssh::Channel& channel, Deadline deadline) {
  for (auto look = first_look;; look = std::min(2 * look, longest_look)) {
    const auto until = std::min(deadline, Steady::now() + look);
    auto unread = co_await before(until, channel.wait_unread());
    if (joined() != joined_before_ || (unread && *unread && !(*unread)->empty())) co_return ProbeOutcome{};
    if (!unread && Steady::now() < deadline && !co_await cancelled()) continue;
    if (!unread) co_return out_of_time();
    if (!*unread && unread->error().code != ssh::errc::channel_closed) co_return std::nullopt;
    co_return ProbeOutcome{ProbeFailure::connect, "the connection was not joined to the target"};
  }
}

// Asks, where there is something to ask, and reads until the answer is clear.
Task<MaybeOutcome> Prober::converse(ssh::Channel& channel, Deadline deadline) {
  const auto text = probe_request(site_.spec);
  const std::vector<std::uint8_t> request(text.begin(), text.end());
  co_await send(channel, request, deadline);
  std::string received;
  for (;;) {
    auto unread = co_await before(deadline, channel.wait_unread());
    if (!unread) co_return out_of_time();
    if (!*unread && unread->error().code != ssh::errc::channel_closed) co_return std::nullopt;
    const bool ended = !*unread || (*unread)->empty();
    if (!ended) {
      const auto bytes = **unread;
      received.append(bytes.begin(), bytes.end());
      channel.consume(bytes.size());
    }
    if (ended && received.empty() && site_.spec.mode == Mode::remote && joined() == joined_before_)
      co_return ProbeOutcome{ProbeFailure::connect, "the connection was not joined to the target"};
    if (auto outcome = judge_answer(probe_, received, ended)) co_return outcome;
  }
}

// What cannot be sent shows in what is received.
Task<> Prober::send(ssh::Channel& channel, ssh::Bytes bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto room = co_await before(deadline, channel.wait_sendable());
    if (!room || !*room) co_return;
    const auto piece = bytes.first(std::min(**room, bytes.size()));
    channel.write(piece);
    bytes = bytes.subspan(piece.size());
  }
}

ProbeOutcome Prober::out_of_time() const {
  return {ProbeFailure::timeout, "no answer within " + std::to_string(probe_timeout(probe_).count()) + " s"};
}

void Prober::tell(const ProbeOutcome& outcome, Steady::duration took) {
  auto& report = site_.report;
  const auto change = tally_.add(outcome);
  report.probed({outcome.failure, outcome.detail, observe::Instant::now(), took});
  if (!outcome.failure) {
    if (change == ProbeTally::Change::recovered) {
      report.log().info("probe.ok", "the target answers again", {{"duration_s", took}});
      report.recover();
    }
    report.metrics().probes().succeeded(took, observe::Wall::now());
    return;
  }
  const Explanation why{*outcome.failure, "probe: " + outcome.detail,
                        probe_hint(site_.spec, *outcome.failure)};
  const auto target = connect_text(site_.spec);
  report.log().repeatable().warn("probe.failed", "the forward is up, and a probe through it failed",
                                 {{"reason", why.reason.label()},
                                  {"target", target},
                                  {"failures", tally_.failures()},
                                  {"duration_s", took},
                                  {"err", outcome.detail},
                                  {"hint", why.hint}});
  report.metrics().probes().failed(*outcome.failure, took);
  if (change == ProbeTally::Change::degraded || report.status().state == ForwardState::degraded)
    report.degrade(why);
}

}  // namespace

Task<> run_probe(Site site) {
  Prober prober(site);
  co_await prober.run();
}

}  // namespace towline::forward
