#include "forward/place.hpp"

namespace towline::forward {

boost::system::result<Place, Limit> Place::take(const std::shared_ptr<Places>& of) {
  if (of->taken_.load(std::memory_order_relaxed) >= of->most_) return Limit::connections;
  Place place;
  place.descriptor_ = of->descriptors_.take();
  if (!place.descriptor_) return Limit::descriptors;
  place.forward_ = of;
  of->taken_.fetch_add(1, std::memory_order_relaxed);
  of->metrics_.place_taken();
  return place;
}

void Place::count_for(std::shared_ptr<Load> session) {
  session_ = std::move(session);
  session_->fetch_add(1, std::memory_order_relaxed);
}

Place::~Place() {
  if (session_) session_->fetch_sub(1, std::memory_order_relaxed);
  if (!forward_) return;
  forward_->taken_.fetch_sub(1, std::memory_order_relaxed);
  forward_->metrics_.place_left();
}

}  // namespace towline::forward
