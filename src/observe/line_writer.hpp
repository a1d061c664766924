// Lines to a descriptor that somebody else reads, or does not: whoever has one to write never waits for them.
#pragma once

#include "async/side_thread.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace towline::observe {

// The descriptor may block, be shared and be broken: a pipe, a terminal that was stopped, a full disk. It is
// left as it is: O_NONBLOCK would hold for everybody who has it. Thread-safe.
class LineWriter {
 public:
  // What waits at most: sixteen times what a pipe holds (pipe(7)), a second of some five thousand lines. As
  // much again may be on its way.
  static constexpr std::size_t waiting_bytes_max = 1'024 * 1'024;

  // Makes the line that stands for `dropped` others; called on the writing thread.
  using DroppedLine = std::function<std::string(std::uint64_t dropped)>;

  // An empty `dropped_line`: nothing is said of what was dropped.
  explicit LineWriter(int descriptor, DroppedLine dropped_line = {});
  // Waits for what was written, for SideThread::last_patience at most.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Returns at once. Lines keep their order; one of up to PIPE_BUF bytes is written in one piece. What finds
  // no room, or cannot be written, is dropped.
  void write(std::string_view line);

  // Waits until all that was written has been taken or dropped. False: `patience` was over first.
  bool flush(std::chrono::milliseconds patience) const { return side_.finish(patience); }

  std::uint64_t dropped() const;

 private:
  struct Lines;

  std::shared_ptr<Lines> lines_;
  SideThread side_;
};

}  // namespace towline::observe
