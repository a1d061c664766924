// What a probe asks through a forward, what it makes of the answer, and when its failures count. Pure.
#pragma once

#include "async/result.hpp"
#include "forward/spec.hpp"
#include "forward/watch.hpp"
#include "observe/reasons.hpp"
#include "ssh/connection/mux.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace towline::forward {

// A probe is configured, and there is something to probe: -D has no target.
bool is_probed(const ForwardSpec& spec);

// The channel a probe goes through. -L: to the target, as any connection. -R: to what the server listens on,
// from where it comes back to us and on to the target; a wildcard address is asked for on loopback.
ssh::connection::OpenRequest probe_channel(const ForwardSpec& spec, std::uint16_t bound_port);

// How long a probe waits for its answer: as long as until the next one would be made, at most 10 s.
std::chrono::seconds probe_timeout(const ProbeSpec& probe);

// What is sent to the target before it answers; empty where it is to speak first.
std::string probe_request(const ForwardSpec& spec);

// How one probe ended.
struct ProbeOutcome {
  std::optional<observe::ProbeFailure> failure;  // nothing: success
  std::string detail;                            // the failure in words

  bool operator==(const ProbeOutcome&) const = default;
};

// What the first bytes from the target say; `ended`: no more will come. Nothing: wait for more. At most 12
// bytes are looked at.
std::optional<ProbeOutcome> judge_answer(const ProbeSpec& probe, std::string_view received, bool ended);

// The outcome of a probe, with regard to the way that it took. The server lets us connect to the port of -R,
// and somebody else may listen there; what he says or does not say is no answer. `heard`: something was.
ProbeOutcome confirm(const ForwardSpec& spec, CameBack back, bool heard, ProbeOutcome outcome);

// A channel that could not be opened. Nothing when that says nothing about the forward: the session is over,
// or nobody waits any longer.
std::optional<ProbeOutcome> judge_refusal(const ForwardSpec& spec, const Failure& failure);

// What to do about it.
std::string probe_hint(const ForwardSpec& spec, observe::ProbeFailure failure);

// Counts failures in a row. One may be an accident; the third makes the forward degraded (as the kubelet's
// failureThreshold), the next success cures it.
class ProbeTally {
 public:
  enum class Change { none, degraded, recovered };

  // A probe that the server forbids counts for nothing.
  Change add(const ProbeOutcome& outcome);

  // Until the next probe: its interval, but failures are soon confirmed and a cure soon seen.
  std::chrono::seconds pause(const ProbeSpec& probe) const;

  int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

}  // namespace towline::forward
