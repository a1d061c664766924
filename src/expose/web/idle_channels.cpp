#include "expose/web/idle_channels.hpp"

#include <utility>

namespace towline::expose::web {

std::optional<ssh::Channel> IdleChannels::take(Clock::time_point now) {
  drop_stale(now);
  if (waiting_.empty()) return std::nullopt;
  auto channel = std::move(waiting_.front().channel);
  waiting_.pop_front();
  return channel;
}

void IdleChannels::keep(ssh::Channel channel, Clock::time_point now) {
  if (waiting_.size() >= channels_max) waiting_.pop_back();
  waiting_.push_front({std::move(channel), now});
}

// A byte that nobody has asked for would be taken for the next answer.
void IdleChannels::drop_stale(Clock::time_point now) {
  waiting_.remove_if([now](const Waiting& waiting) {
    return now - waiting.since >= age_max || waiting.channel.unread().has_value();
  });
}

}  // namespace towline::expose::web
