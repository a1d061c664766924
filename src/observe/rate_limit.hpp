// Decides which of many equal log lines is written: the first at once, then one per interval.
#pragma once

#include "observe/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace towline::observe {

// Not thread-safe; the log calls it under its lock.
class RateLimit {
 public:
  struct Decision {
    bool write = true;
    std::uint64_t suppressed = 0;  // equal lines dropped since the last one written

    bool operator==(const Decision&) const = default;
  };

  explicit RateLimit(Steady::duration interval) : interval_(interval) {}

  // `key` says which lines are equal. Times must not go backwards.
  Decision admit(std::string_view key, Steady::time_point now);

  std::size_t size() const { return seen_.size(); }

 private:
  struct Seen {
    Steady::time_point written;
    std::uint64_t suppressed = 0;
  };

  void forget_old(Steady::time_point now);

  Steady::duration interval_;
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace towline::observe
