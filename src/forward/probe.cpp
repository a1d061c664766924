#include "forward/probe.hpp"

#include "async/deadline.hpp"
#include "async/wait.hpp"
#include "forward/probe_rules.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace towline::forward {

namespace {

using observe::ForwardState;
using observe::ProbeFailure;
using observe::Steady;

// How one probe ended; nothing when that says nothing: the session is over, or we are to stop.
using MaybeOutcome = std::optional<ProbeOutcome>;

class Prober {
 public:
  explicit Prober(Site site) : site_(site), probe_(*site.spec.probe) {}

  Task<> run();

 private:
  Task<MaybeOutcome> attempt(Deadline deadline);
  Task<MaybeOutcome> wait_joined(ssh::Channel& channel, Deadline deadline);
  Task<std::optional<Result<ssh::Bytes>>> unread_or_came(ssh::Channel& channel);
  Task<MaybeOutcome> converse(ssh::Channel& channel, Deadline deadline);
  Task<> send(ssh::Channel& channel, ssh::Bytes bytes, Deadline deadline);
  ProbeOutcome confirmed(bool heard, ProbeOutcome outcome) const {
    return confirm(site_.spec, site_.watch.came_back(), heard, std::move(outcome));
  }
  ProbeOutcome out_of_time() const;
  void tell(const ProbeOutcome& outcome, Steady::duration took);

  Site site_;
  const ProbeSpec& probe_;
  ProbeTally tally_;
};

Task<> Prober::run() {
  while (!site_.watch.listens()) {
    if (co_await site_.watch.wait()) co_return;
  }
  for (;;) {
    const auto began = Steady::now();
    const auto outcome = co_await attempt(began + probe_timeout(probe_));
    if (!outcome || co_await cancelled() || !site_.watch.listens()) co_return;
    const auto took = Steady::now() - began;
    if (outcome->failure == ProbeFailure::timeout && took >= probe_timeout(probe_) + Countdown::absence_min)
      continue;  // we were stopped meanwhile
    tell(*outcome, took);
    if (outcome->failure == ProbeFailure::prohibited) co_return;
    if (co_await sleep_until(Steady::now() + tally_.pause(probe_))) co_return;
  }
}

Task<MaybeOutcome> Prober::attempt(Deadline deadline) {
  site_.watch.begin();
  auto request = probe_channel(site_.spec, site_.last_bound.port);
  auto channel = co_await site_.session.open(std::move(request), deadline);
  if (!channel) co_return judge_refusal(site_.spec, channel.error());
  if (probe_.kind != ProbeSpec::Kind::tcp) co_return co_await converse(*channel, deadline);
  // The server opens a channel of -L when it has connected, that of -R before we have.
  if (site_.spec.mode == Mode::local) co_return ProbeOutcome{};
  co_return co_await wait_joined(*channel, deadline);
}

// The server's side of the forward has accepted the probe, and now it is to come back to us.
Task<MaybeOutcome> Prober::wait_joined(ssh::Channel& channel, Deadline deadline) {
  const auto& back = site_.watch.came_back();
  while (!back.joined) {
    const auto next = co_await before(deadline, unread_or_came(channel));
    if (back.joined) break;
    if (!next) co_return confirmed(false, out_of_time());
    if (!*next) continue;
    const auto& unread = **next;
    if (!unread && unread.error().code != ssh::errc::channel_closed) co_return std::nullopt;
    // What the target says comes after it was joined.
    const bool heard = unread && !unread->empty();
    co_return confirmed(heard, {ProbeFailure::connect, "the connection was not joined to the target"});
  }
  co_return ProbeOutcome{};
}

// Nothing when it was a connection of the forward that came.
Task<std::optional<Result<ssh::Bytes>>> Prober::unread_or_came(ssh::Channel& channel) {
  using namespace asio::experimental::awaitable_operators;
  auto first = co_await (channel.wait_unread() || site_.watch.wait());
  if (first.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::move(first));
}

// Asks, where there is something to ask, and reads until the answer is clear.
Task<MaybeOutcome> Prober::converse(ssh::Channel& channel, Deadline deadline) {
  const auto text = probe_request(site_.spec);
  const std::vector<std::uint8_t> request(text.begin(), text.end());
  co_await send(channel, request, deadline);
  std::string received;
  for (;;) {
    auto unread = co_await before(deadline, channel.wait_unread());
    if (!unread) co_return confirmed(!received.empty(), out_of_time());
    if (!*unread && unread->error().code != ssh::errc::channel_closed) co_return std::nullopt;
    const bool ended = !*unread || (*unread)->empty();
    if (!ended) {
      const auto bytes = **unread;
      received.append(bytes.begin(), bytes.end());
      channel.consume(bytes.size());
    }
    if (ended && received.empty() && site_.spec.mode == Mode::remote && !site_.watch.came_back().joined)
      co_return confirmed(false, {ProbeFailure::connect, "the connection was not joined to the target"});
    if (auto outcome = judge_answer(probe_, received, ended))
      co_return confirmed(!received.empty(), std::move(*outcome));
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
  report.log().repeatable().warn("probe.failed", "the forward is up, but a probe through it failed",
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
