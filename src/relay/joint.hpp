// The two sides of a relay. Private to relay/.
#pragma once

#include "relay/relay.hpp"
#include "relay/way.hpp"
#include "ssh/session/channel.hpp"

#include <array>
#include <optional>
#include <utility>

namespace towline::relay {

struct Joint {
  Joint(const asio::any_io_executor& executor, ssh::Channel a, Tap* t)
      : tap(t),
        channels{std::move(a), std::nullopt},
        ways{Way(executor, *this, Side::a), Way(executor, *this, Side::b)} {}

  std::optional<ssh::Channel>& channel(Side side) { return channels[static_cast<std::size_t>(side)]; }
  Way& way(Side from) { return ways[static_cast<std::size_t>(from)]; }

  // From here on a is heard.
  void join(ssh::Channel b) {
    channel(Side::b).emplace(std::move(b));
    is_joined = true;
    channel(Side::a)->tell(&way(Side::a));
    const auto over = channel(Side::b)->end();
    if (over && over->code != ssh::errc::channel_closed) finish(RelayEnd::session_lost, Side::b);
  }

  // The first one counts. Both channels are over with it, whatever is held.
  void finish(RelayEnd why, Side by) {
    if (end) return;
    end = Ended{why, by};
    if (tap && why == RelayEnd::closed) tap->on_close(by);
    for (auto& channel : channels) {
      if (channel) channel->close();
    }
    for (auto& way : ways) way.wake();
  }

  struct Ended {
    RelayEnd why;
    Side by;
  };

  Tap* tap;
  std::array<std::optional<ssh::Channel>, 2> channels;
  std::array<Way, 2> ways;
  bool is_joined = false;  // both channels are there
  std::optional<Refusal> refusal{};
  std::optional<Ended> end{};
};

}  // namespace towline::relay
