#include "app/container.hpp"

namespace towline::app {

bool has_loopback_of_its_own(const config::Env& env, const config::InspectFile& inspect, pid_t pid) {
  if (env.get("KUBERNETES_SERVICE_HOST")) return false;
  const auto is_there = [&](const char* path) { return inspect(path).kind != config::FileKind::absent; };
  return pid == 1 || is_there("/.dockerenv") || is_there("/run/.containerenv");
}

}  // namespace towline::app
