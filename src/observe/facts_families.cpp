#include "observe/facts_families.hpp"

#include "observe/family_set.hpp"
#include "observe/health.hpp"

namespace towline::observe {

namespace {

using Label = FamilySet::Label;

double one_if(bool yes) { return yes ? 1 : 0; }

// What was stamped on the steady clock, in wall-clock seconds; 0 for never.
double wall_seconds(const std::optional<Steady::time_point>& time, const Instant& now) {
  if (!time) return 0;
  return unix_seconds(now.wall - std::chrono::duration_cast<Wall::duration>(now.steady - *time));
}

double wall_seconds(const std::optional<Instant>& time) { return time ? unix_seconds(time->wall) : 0; }

void add_forward(FamilySet& out, const ForwardFacts& forward, const Instant& now) {
  const ForwardTraits& traits = *forward.traits;
  const ForwardStatus& status = *forward.status;
  const ForwardVerdict verdict = judge(forward, now.steady);
  const Label name{"forward", traits.name};

  out.gauge("towline_forward_info", "How the forward is configured.",
            {name,
             {"listen", traits.listen},
             {"mode", traits.mode},
             {"server", traits.server},
             {"target", traits.target}},
            1);
  out.gauge("towline_forward_up",
            "1 while the forward is accepted and the server was heard within the deadline.", {name},
            one_if(verdict.up));
  for (const ForwardState state : all<ForwardState>()) {
    out.gauge("towline_forward_state", "1 for the state the forward is in.",
              {name, {"state", to_string(state)}}, one_if(state == verdict.state));
  }
  out.gauge("towline_forward_required", "1 if the forward counts for readiness.", {name},
            one_if(traits.required));
  out.gauge("towline_forward_state_change_timestamp_seconds", "When the state last changed.", {name},
            unix_seconds(forward.since.wall));
  out.gauge("towline_forward_up_timestamp_seconds", "When the forward came up, 0 while it is down.", {name},
            wall_seconds(forward.up_since));
  out.counter("towline_forward_flaps_total", "Changes from up to not up.", {name},
              static_cast<double>(forward.flaps));
  out.gauge("towline_forward_bound_port", "The port that really listens, 0 while none does.", {name},
            status.bound_port.value_or(0));
  for (const auto& address : status.public_addresses) {
    out.gauge("towline_public_address_info", "An address by which strangers reach the forward.",
              {name, {"url", address}}, 1);
  }
  out.gauge("towline_forward_host_key_verified",
            "0 if the host key was accepted without anything to compare with.", {name},
            one_if(status.host_key_verified));
}

void add_session(FamilySet& out, const ForwardFacts& forward, const Instant& now) {
  const ForwardStatus& status = *forward.status;
  const Label name{"forward", forward.traits->name};

  out.gauge("towline_ssh_backoff_seconds", "The wait chosen before the next attempt, 0 for none.", {name},
            std::chrono::duration<double>(status.backoff).count());
  out.gauge("towline_ssh_next_attempt_timestamp_seconds", "When the next attempt is due, 0 for none.", {name},
            wall_seconds(status.next_attempt));
  out.gauge("towline_ssh_consecutive_failures", "Failures since a session last stayed up.", {name},
            static_cast<double>(status.consecutive_failures));
  out.gauge("towline_ssh_last_received_timestamp_seconds", "When the server was last heard, 0 for never.",
            {name}, wall_seconds(forward.last_received, now));
  if (const auto& session = status.session) {
    const auto& agreed = session->algorithms;
    out.gauge("towline_ssh_session_info", "What the present SSH session agreed on.",
              {{"cipher", agreed.cipher},
               {"cipher_to_client", agreed.cipher_to_client},
               name,
               {"host_key_algorithm", agreed.host_key_algorithm},
               {"kex", agreed.kex},
               {"mac", agreed.mac},
               {"mac_to_client", agreed.mac_to_client},
               {"server_software", session->server_software}},
              1);
  }
}

void add_key(FamilySet& out, const ForwardFacts& forward) {
  const auto& key = forward.status->key;
  const Label name{"forward", forward.traits->name};
  if (key) {
    out.gauge("towline_key_info", "The key that authenticates, its public part.",
              {{"fingerprint", key->fingerprint}, name, {"key_type", key->type}}, 1);
  }
  out.gauge("towline_key_loaded_timestamp_seconds", "When the key was loaded, 0 for not yet.", {name},
            key ? unix_seconds(key->loaded) : 0);
  out.gauge("towline_certificate_expiry_timestamp_seconds",
            "When the user certificate ends, 0 for none or never.", {name},
            key && key->certificate_expiry ? unix_seconds(*key->certificate_expiry) : 0);
}

}  // namespace

void add_facts(FamilySet& families, const Facts& facts) {
  families.gauge("towline_ready", "1 while /readyz answers 200.", {}, one_if(ready(facts).ok));
  families.gauge("towline_draining", "1 after the shutdown began.", {}, one_if(facts.draining));
  for (const ForwardFacts& forward : facts.forwards) {
    add_forward(families, forward, facts.now);
    add_session(families, forward, facts.now);
    add_key(families, forward);
  }
}

}  // namespace towline::observe
