// A moment on both clocks: the steady one for ages and deadlines, the wall clock for what people and
// Prometheus read.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace towline::observe {

using Steady = std::chrono::steady_clock;
using Wall = std::chrono::system_clock;

struct Instant {
  Steady::time_point steady;
  Wall::time_point wall;

  static Instant now();
};

// Where a class takes its time from; tests give their own. May be called from any thread.
using Clock = std::function<Instant()>;

double in_seconds(Steady::duration time);

// Seconds since 1970, with milliseconds: what a `_timestamp_seconds` gauge holds.
double unix_seconds(Wall::time_point time);

// UTC as in RFC 3339, with milliseconds: "2026-01-02T03:04:05.678Z".
std::string rfc3339(Wall::time_point time);

// The two largest units and no more: "0s", "42s", "3m12s", "2h5m", "4d1h". Negative is "0s".
std::string brief(Steady::duration age);

}  // namespace towline::observe
