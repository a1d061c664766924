// When a second signal to stop is the first one again, and when it means now. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace towline::app {

// GNU timeout tells its child, then the child's whole group; a shell's kill of a job and a process manager do
// alike. Their signals are microseconds apart, while nobody presses Ctrl-C twice in this time.
constexpr std::chrono::milliseconds same_stop_request{300};

enum class StopMeaning {
  begin,  // end in order
  same,   // has been asked for already
  now,    // somebody is out of patience
};

// `begun`: when the orderly end began, whoever asked for it; nothing: it has not.
constexpr StopMeaning meaning_of_stop(std::optional<std::chrono::steady_clock::time_point> begun,
                                      std::chrono::steady_clock::time_point now) {
  if (!begun) return StopMeaning::begin;
  return now - *begun < same_stop_request ? StopMeaning::same : StopMeaning::now;
}

}  // namespace towline::app
