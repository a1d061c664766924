#include "observe/readiness_log.hpp"

#include <utility>

namespace towline::observe {

std::function<void(const Verdict&)> readiness_log(Log log) {
  return [log = std::move(log)](const Verdict& verdict) {
    if (verdict.ok) {
      log.info("health.ready", "ready");
    } else if (verdict.subject.empty()) {
      log.info("health.not_ready", "not ready", {{"reason", verdict.reason.label()}});
    } else {
      log.warn("health.not_ready", "not ready",
               {{"reason", verdict.reason.label()},
                {"forward", verdict.subject},
                {"hint", "see the forward's own lines and /statusz"}});
    }
  };
}

}  // namespace towline::observe
