#include "observe/rate_limit.hpp"

namespace towline::observe {

namespace {

// Keys are built from closed sets and configured names, so this is never reached; it bounds memory if one is
// not.
constexpr std::size_t keys_max = 1024;

}  // namespace

RateLimit::Decision RateLimit::admit(std::string_view key, Steady::time_point now) {
  const auto found = seen_.find(key);
  if (found == seen_.end()) {
    if (seen_.size() >= keys_max) forget_old(now);
    if (seen_.size() < keys_max) seen_.emplace(key, Seen{.written = now});
    return {};
  }
  Seen& seen = found->second;
  if (now - seen.written < interval_) {
    ++seen.suppressed;
    seen.last = now;
    return {.write = false, .suppressed = 0};
  }
  const Decision decision{.write = true, .suppressed = seen.suppressed};
  seen = Seen{.written = now};
  return decision;
}

std::vector<RateLimit::Run> RateLimit::take_ended(Steady::time_point now) {
  std::vector<Run> ended;
  std::erase_if(seen_, [&](const auto& entry) {
    const auto& [key, seen] = entry;
    if (now - seen.last < interval_) return false;
    if (seen.suppressed > 0) ended.push_back({key, seen.suppressed, seen.last});
    return true;
  });
  return ended;
}

std::vector<RateLimit::Run> RateLimit::take_all() { return take_ended(Steady::time_point::max()); }

void RateLimit::forget_old(Steady::time_point now) {
  std::erase_if(seen_, [&](const auto& entry) { return now - entry.second.written >= interval_; });
}

}  // namespace towline::observe
