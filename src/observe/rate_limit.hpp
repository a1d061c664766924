// Decides which of many equal log lines is written: the first at once, then one per interval.
#pragma once

#include "observe/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

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

  // A run of equal lines that left some unwritten.
  struct Run {
    std::string key;
    std::uint64_t suppressed = 0;  // since the last one written
    Steady::time_point last;

    bool operator==(const Run&) const = default;
  };

  // Those of which no line has come for the interval, or all of them; they are forgotten.
  std::vector<Run> take_ended(Steady::time_point now);
  std::vector<Run> take_all();

  std::size_t size() const { return seen_.size(); }

 private:
  struct Seen {
    Steady::time_point written;
    std::uint64_t suppressed = 0;
    Steady::time_point last = written;
  };

  void forget_old(Steady::time_point now);

  Steady::duration interval_;
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace towline::observe
