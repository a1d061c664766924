// Channels to a client's server whose last answer has ended, kept for the next request.
#pragma once

#include "ssh/session/channel.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>

namespace towline::expose::web {

// Not thread-safe; use on the io_context of the channels, which outlive neither it nor their connection.
class IdleChannels {
 public:
  using Clock = std::chrono::steady_clock;

  // What servers keep a connection for at least, mostly (node: 5 s, Apache: 5 s, nginx: 75 s): one that was
  // closed is noticed and dropped, so this bounds only what a client has open for nothing.
  static constexpr std::chrono::seconds age_max{60};
  static constexpr std::size_t channels_max = 16;

  // The one that was used last, of those whose peer has neither ended nor said anything since.
  std::optional<ssh::Channel> take(Clock::time_point now);
  // The one that waits longest gives way.
  void keep(ssh::Channel channel, Clock::time_point now);
  // Those that are too old, or over.
  void drop_stale(Clock::time_point now);
  void clear() { waiting_.clear(); }
  std::size_t size() const { return waiting_.size(); }

  bool is_swept = false;  // somebody calls drop_stale() from time to time

 private:
  struct Waiting {
    ssh::Channel channel;
    Clock::time_point since;
  };

  std::list<Waiting> waiting_;  // the newest in front
};

}  // namespace towline::expose::web
