#include "app/give_up.hpp"

namespace towline::app {

std::optional<LostCause> lost_cause(const observe::Facts& facts) {
  const observe::Reason host_key = observe::ConnectFailure::host_key;
  const observe::Reason auth = observe::ConnectFailure::auth;
  for (const auto& forward : facts.forwards) {
    const auto& status = *forward.status;
    const bool down =
        status.state == observe::ForwardState::backoff || status.state == observe::ForwardState::failed;
    if (!forward.traits->required || !down) continue;
    if (status.reason.label() != host_key.label() && status.reason.label() != auth.label()) continue;
    return LostCause{std::string(status.reason.label()), status.detail, status.hint};
  }
  return std::nullopt;
}

}  // namespace towline::app
