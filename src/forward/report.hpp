// One forward's account: what happens to it is published on the board, counted and logged from here.
#pragma once

#include "forward/spec.hpp"
#include "observe/board.hpp"
#include "observe/facts.hpp"
#include "observe/forward_metrics.hpp"
#include "observe/log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace towline::forward {

// Why something failed, in every form it is told: the label, the cause in words, the next action.
struct Explanation {
  observe::Reason reason;
  std::string detail;
  std::string hint;
};

// Not thread-safe; use on the session's io_context. The references outlive it.
class Report {
 public:
  Report(const ForwardSpec& spec, observe::ForwardMetrics& metrics, observe::ForwardSlot& slot,
         const observe::Log& log);

  // A change of state that leaves the last failure behind.
  void enter(observe::ForwardState state);
  // A step of a new attempt; what went wrong last stays visible until one succeeds.
  void proceed(observe::ForwardState state);
  // 0: a unix socket. `where` it listens is for the log; empty: as configured.
  void up(std::uint16_t bound_port, std::string_view where = {});
  // Not up, and why. Logging the cause is the caller's: one cause may touch several forwards.
  void down(observe::ForwardState state, const Explanation& why);

  // Up, and yet a probe says that it leads nowhere; and back. Nothing in any other state.
  void degrade(const Explanation& why);
  void recover();
  // How a probe ended, whatever follows from it.
  void probed(observe::ProbeInfo probe);

  // Facts of the session that the state is shown with; published with the next change of state.
  observe::ForwardStatus& status() { return status_; }
  const observe::ForwardStatus& status() const { return status_; }
  void publish() { slot_.publish(status_); }

  // A connection's number for the log, the next one each time.
  std::uint64_t next_connection() { return ++connections_; }

  const ForwardSpec& spec() const { return spec_; }
  observe::ForwardMetrics& metrics() { return metrics_; }
  const observe::Log& log() const { return log_; }

 private:
  void change(observe::ForwardState state);
  void leave_failure_behind();
  void log_up(std::uint16_t bound_port, std::string_view where) const;

  const ForwardSpec& spec_;
  observe::ForwardMetrics& metrics_;
  observe::ForwardSlot& slot_;
  observe::Log log_;
  observe::ForwardStatus status_;
  std::uint64_t connections_ = 0;
};

}  // namespace towline::forward
