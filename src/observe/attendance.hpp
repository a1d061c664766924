// Since when somebody has looked without a break. Pure.
#pragma once

#include "observe/instant.hpp"

#include <optional>

namespace towline::observe {

// A process that was stopped (docker pause, a stalled VM) finds everybody silent when it wakes up: what
// nobody was there to see is held against nobody.
class Attendance {
 public:
  // A break is one of `absence_min` between two looks, several times what lies between them else.
  explicit Attendance(Steady::duration absence_min) : absence_min_(absence_min) {}

  void look(Steady::time_point now) {
    since_ = since(now);
    looked_ = now;
  }

  // The end of the last break, which is now if it goes on until now. Before anything where there was none.
  Steady::time_point since(Steady::time_point now) const {
    return looked_ && now - *looked_ >= absence_min_ ? now : since_;
  }

 private:
  Steady::duration absence_min_;
  std::optional<Steady::time_point> looked_;
  Steady::time_point since_ = Steady::time_point::min();
};

}  // namespace towline::observe
