#include "observe/health.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace towline::observe {

namespace {

bool fresh(const ForwardFacts& forward, Steady::time_point now) {
  const auto& deadline = forward.traits->rx_deadline;
  const auto& heard = forward.last_received;
  return !deadline || (heard && now - std::max(*heard, forward.watched_since) <= *deadline);
}

std::size_t needed(const ReadyPolicy& policy, std::size_t required) {
  switch (policy.rule) {
    case ReadyPolicy::Rule::all: return required;
    case ReadyPolicy::Rule::any: return std::min<std::size_t>(1, required);
    case ReadyPolicy::Rule::at_least: return std::min(policy.count, required);
  }
  return required;
}

Verdict fail(Reason reason, std::string_view kind, std::string subject) {
  Verdict verdict;
  verdict.ok = false;
  verdict.reason = reason;
  verdict.summary = "reason=" + std::string(reason.label());
  if (!subject.empty()) verdict.summary += " " + std::string(kind) + "=" + subject;
  verdict.subject = std::move(subject);
  return verdict;
}

Verdict pass() {
  Verdict verdict;
  verdict.summary = "ok";
  return verdict;
}

bool contains(std::span<const std::string> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Steady::duration silence(const LoopFacts& loop, const Facts& facts) {
  return facts.now.steady - std::max(loop.last_beat, facts.watched_since);
}

const LoopFacts* stuck_loop(const Facts& facts) {
  const auto stuck = std::ranges::find_if(
      facts.loops, [&](const auto& loop) { return silence(loop, facts) > heartbeat_deadline; });
  return stuck == facts.loops.end() ? nullptr : &*stuck;
}

std::string describe(const LoopFacts& loop, const Facts& facts) {
  const auto silent = silence(loop, facts);
  if (silent <= heartbeat_deadline) return "[+]loop/" + loop.name + " turning";
  return "[-]loop/" + loop.name + " stuck for " + brief(silent);
}

Verdict fail(const LoopFacts& loop) { return fail(ConnectFailure::internal, "loop", loop.name); }

}  // namespace

ForwardVerdict judge(const ForwardFacts& forward, Steady::time_point now) {
  const ForwardStatus& status = *forward.status;
  ForwardVerdict verdict;
  verdict.name = forward.traits->name;
  verdict.required = forward.traits->required;
  verdict.state = status.state;
  if (status.state != ForwardState::up) {
    verdict.reason = status.reason ? status.reason : Reason(status.state);
  } else if (fresh(forward, now)) {
    verdict.up = true;
  } else {
    verdict.state = ForwardState::degraded;
    verdict.reason = Disconnect::rx_timeout;
  }
  return verdict;
}

bool is_better(ForwardState a, ForwardState b) {
  constexpr std::array from_best = {
      ForwardState::up,         ForwardState::degraded,  ForwardState::binding, ForwardState::authenticating,
      ForwardState::connecting, ForwardState::resolving, ForwardState::backoff, ForwardState::failed,
      ForwardState::draining,   ForwardState::stopped};
  return std::ranges::find(from_best, a) < std::ranges::find(from_best, b);
}

std::string describe(const ForwardFacts& forward, Steady::time_point now) {
  const ForwardVerdict verdict = judge(forward, now);
  std::string line = (verdict.up ? "[+]forward/" : "[-]forward/") + verdict.name + " ";
  line += to_string(verdict.state);
  if (verdict.up) return line + " " + brief(now - forward.since.steady);
  line += " reason=" + std::string(verdict.reason.label());
  if (const auto& next = forward.status->next_attempt) line += " next=" + brief(next->steady - now);
  if (!verdict.required) line += " optional";
  return line;
}

Verdict live(const Facts& facts) {
  const auto* stuck = stuck_loop(facts);
  Verdict verdict = stuck ? fail(*stuck) : pass();
  for (const LoopFacts& loop : facts.loops) verdict.lines.push_back(describe(loop, facts));
  return verdict;
}

Verdict ready(const Facts& facts, std::span<const std::string> excluded) {
  std::size_t required = 0;
  std::size_t up = 0;
  const ForwardFacts* first_down = nullptr;
  std::vector<std::string> lines;
  for (const ForwardFacts& forward : facts.forwards) {
    if (contains(excluded, forward.traits->name)) {
      lines.push_back("[ ]forward/" + forward.traits->name + " excluded");
      continue;
    }
    lines.push_back(describe(forward, facts.now.steady));
    if (!forward.traits->required) continue;
    ++required;
    if (judge(forward, facts.now.steady).up) {
      ++up;
    } else if (!first_down) {
      first_down = &forward;
    }
  }

  const auto* stuck = stuck_loop(facts);
  if (stuck) lines.push_back(describe(*stuck, facts));
  Verdict verdict = pass();
  if (facts.draining) {
    verdict = fail(ForwardState::draining, "", {});
  } else if (stuck) {
    verdict = fail(*stuck);
  } else if (up < needed(facts.policy, required) && first_down) {
    const ForwardVerdict down = judge(*first_down, facts.now.steady);
    verdict = fail(down.reason, "forward", down.name);
  }
  verdict.lines = std::move(lines);
  return verdict;
}

Verdict forward_ready(const ForwardFacts& forward, const Facts& facts) {
  const ForwardVerdict judged = judge(forward, facts.now.steady);
  Verdict verdict = pass();
  if (facts.draining) {
    verdict = fail(ForwardState::draining, "forward", judged.name);
  } else if (const auto* stuck = stuck_loop(facts)) {
    verdict = fail(*stuck);
  } else if (!judged.up) {
    verdict = fail(judged.reason, "forward", judged.name);
  }
  verdict.lines.push_back(describe(forward, facts.now.steady));
  return verdict;
}

Verdict startup(const Facts& facts) {
  if (!facts.started) return ready(facts);
  Verdict verdict = pass();
  verdict.lines = ready(facts).lines;
  return verdict;
}

}  // namespace towline::observe
