#include "share/upstreams.hpp"

#include <algorithm>

namespace towline::share {

std::shared_ptr<Upstream> choose(const UpstreamList& upstreams, bool is_session) {
  const auto takes = [is_session](const std::shared_ptr<Upstream>& upstream) {
    return !upstream->leaving && (is_session ? !upstream->full : upstream->first);
  };
  const auto it = std::ranges::find_if(upstreams, takes);
  return it == upstreams.end() ? nullptr : *it;
}

}  // namespace towline::share
