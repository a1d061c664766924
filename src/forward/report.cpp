#include "forward/report.hpp"

#include <utility>
#include <vector>

namespace towline::forward {

using observe::ForwardState;

Report::Report(const ForwardSpec& spec, observe::ForwardMetrics& metrics, observe::ForwardSlot& slot,
               const observe::Log& log)
    : spec_(spec), metrics_(metrics), slot_(slot), log_(log.with({{"forward", spec.name}})) {}

void Report::change(ForwardState state) {
  if (state == status_.state) return;
  log_.debug("forward.state", "state changed",
             {{"state", to_string(state)}, {"prev_state", to_string(status_.state)}});
  status_.state = state;
}

void Report::leave_failure_behind() {
  status_.reason = {};
  status_.detail.clear();
  status_.hint.clear();
}

void Report::enter(ForwardState state) {
  change(state);
  leave_failure_behind();
  if (state != ForwardState::draining) status_.bound_port.reset();
  status_.public_addresses.clear();
  publish();
}

void Report::proceed(ForwardState state) {
  change(state);
  publish();
}

void Report::up(std::uint16_t bound_port, std::string_view where) {
  change(ForwardState::up);
  leave_failure_behind();
  status_.bound_port.reset();
  if (bound_port != 0) status_.bound_port = bound_port;
  // Once: nobody is to see it up without its port.
  slot_.publish(status_, [&] { log_up(bound_port, where); });
}

void Report::log_up(std::uint16_t bound_port, std::string_view where) const {
  const auto configured =
      bound_port == 0 ? listen_text(spec_) : net::to_string({spec_.listen.host, bound_port});
  const auto listen = where.empty() ? std::string_view(configured) : where;
  const auto target = connect_text(spec_);
  std::vector<observe::Field> fields{{"mode", to_string(spec_.mode)}, {"listen", listen}, {"target", target}};
  if (bound_port != 0) fields.emplace_back("bound_port", bound_port);
  log_.write(observe::Level::info, "forward.bound", "the forward is up", fields);
}

void Report::down(ForwardState state, const Explanation& why) {
  change(state);
  status_.reason = why.reason;
  status_.detail = why.detail;
  status_.hint = why.hint;
  status_.bound_port.reset();
  status_.public_addresses.clear();
  publish();
}

void Report::degrade(const Explanation& why) {
  if (status_.state != ForwardState::up && status_.state != ForwardState::degraded) return;
  change(ForwardState::degraded);
  status_.reason = why.reason;
  status_.detail = why.detail;
  status_.hint = why.hint;
  publish();
}

void Report::recover() {
  if (status_.state != ForwardState::degraded) return;
  change(ForwardState::up);
  leave_failure_behind();
  publish();
}

void Report::probed(observe::ProbeInfo probe) {
  status_.probe = std::move(probe);
  publish();
}

}  // namespace towline::forward
