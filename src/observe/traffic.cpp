#include "observe/traffic.hpp"

#include <algorithm>

namespace towline::observe {

namespace {

std::uint64_t increase(std::uint64_t before, std::uint64_t after) {
  return after >= before ? after - before : after;
}

}  // namespace

void TrafficHistory::note(Steady::time_point now, const ForwardTotals& totals) {
  if (count_ > 0 && now <= latest(0).at) return;
  ring_.at(count_ % ring_.size()) = {now, totals.connections_active, totals.received_bytes,
                                     totals.sent_bytes};
  ++count_;
}

TrafficRate TrafficHistory::between(const Note& before, const Note& after) {
  const double lasted = in_seconds(after.at - before.at);
  return {.began = before.at,
          .ended = after.at,
          .connections = after.connections,
          .received = static_cast<double>(increase(before.received_bytes, after.received_bytes)) / lasted,
          .sent = static_cast<double>(increase(before.sent_bytes, after.sent_bytes)) / lasted};
}

std::vector<TrafficRate> TrafficHistory::rates() const {
  std::vector<TrafficRate> rates;
  const std::size_t kept = std::min(count_, ring_.size());
  for (std::size_t back = kept; back-- > 1;) rates.push_back(between(latest(back), latest(back - 1)));
  return rates;
}

}  // namespace towline::observe
