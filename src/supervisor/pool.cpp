#include "supervisor/pool.hpp"

#include <algorithm>
#include <numeric>

namespace towline::supervisor {

namespace {

std::vector<ServerIndex> in_circle(std::size_t servers, ServerIndex first) {
  std::vector<ServerIndex> order(servers);
  std::iota(order.begin(), order.end(), ServerIndex{0});
  std::ranges::rotate(order, order.begin() + static_cast<std::ptrdiff_t>(first % servers));
  return order;
}

std::vector<ServerIndex> by_choice(const PoolPlace& place, std::mt19937_64& random) {
  const auto first = place.last && place.select == RemoteSelect::round_robin ? *place.last + 1 : place.home;
  auto order = in_circle(place.servers, first);
  if (place.last && place.select == RemoteSelect::random) std::ranges::shuffle(order, random);
  return order;
}

}  // namespace

std::vector<ServerIndex> next_round(const PoolPlace& place, std::mt19937_64& random) {
  auto order = by_choice(place, random);
  if (place.doubtful && std::erase(order, *place.doubtful) > 0) order.push_back(*place.doubtful);
  auto open = order;
  std::erase_if(open,
                [&](ServerIndex server) { return server < place.barred.size() && place.barred[server]; });
  return open.empty() ? order : open;
}

}  // namespace towline::supervisor
