#include "net/descriptors.hpp"

namespace towline::net {

std::optional<Descriptors::Taken> Descriptors::take() {
  auto taken = taken_.load(std::memory_order_relaxed);
  do {
    if (taken >= limit_) return std::nullopt;
  } while (!taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed));
  return Taken(*this);
}

Descriptors::Taken Descriptors::take_anyway() {
  taken_.fetch_add(1, std::memory_order_relaxed);
  return Taken(*this);
}

}  // namespace towline::net
