#include "ssh/connection/in_flight.hpp"

#include <algorithm>

namespace towline::ssh::connection {

namespace {

using std::chrono::duration;

// Less would be a packet that costs as much as a full one.
constexpr std::uint64_t least = 16 * 1024;
// Two full packets: one that the peer works on, and one that waits for it.
constexpr double fewest = 64 * 1024;
// A peer on the same machine is woken this late now and then.
constexpr duration<double> scheduling{0.0005};
// What a rate is taken from lasts as long, so that it is not one burst's.
constexpr duration<double> sample_min{0.01};

}  // namespace

std::uint32_t InFlight::room() const {
  if (limit_ == unlimited) return std::numeric_limits<std::uint32_t>::max();
  const auto room = limit_ - std::min(limit_, outstanding_);
  return room < least ? 0 : static_cast<std::uint32_t>(std::min<std::uint64_t>(room, 1U << 30U));
}

void InFlight::adjusted(std::uint32_t n, const PathTime& path) {
  outstanding_ -= std::min<std::uint64_t>(n, outstanding_);
  step_ = std::max(n, step_ - step_ / 8);
  counted_ += n;
  look_at_rate(path);
  const duration<double> round_trip(path.round_trip);
  const auto there_and_back = std::max(3 * round_trip, scheduling);
  limit_ = rate_ == 0 || path.round_trip.count() == 0
               ? unlimited
               : step_ + static_cast<std::uint64_t>(std::max(fewest, rate_ * there_and_back.count()));
}

// A transfer that was not held back has shown no more than it had to send.
void InFlight::look_at_rate(const PathTime& path) {
  if (counted_since_.time_since_epoch().count() == 0) {  // what came before it is not known
    counted_ = 0;
    counted_since_ = path.now;
    return;
  }
  const duration<double> took(path.now - counted_since_);
  if (took < std::max(duration<double>(path.round_trip), sample_min)) return;
  const auto rate = static_cast<double>(counted_) / took.count();
  if (rate > rate_) {
    rate_ = rate;
  } else if (held_back_) {
    rate_ -= (rate_ - rate) / 4;
  }
  counted_ = 0;
  counted_since_ = path.now;
  held_back_ = false;
}

}  // namespace towline::ssh::connection
