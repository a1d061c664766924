// What a counter or a gauge of ours counts. prometheus-cpp's Counter adds to a double in a loop, and its
// Histogram takes a mutex that a scrape holds as well: nothing for what happens with every packet.
#pragma once

#include "observe/reasons.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace towline::observe {

// Thread-safe, lock-free; what two of them count may be seen in either order.
class Count {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n = 1) { value_.fetch_sub(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// One for each reason of a closed set, all there at zero from the start.
template <Labelled E>
class CountPer {
 public:
  void add(E reason) { counts_.at(static_cast<std::size_t>(reason)).add(); }
  void subtract(E reason) { counts_.at(static_cast<std::size_t>(reason)).subtract(); }
  std::uint64_t value(E reason) const { return counts_.at(static_cast<std::size_t>(reason)).value(); }

  std::uint64_t sum() const {
    std::uint64_t total = 0;
    for (const Count& one : counts_) total += one.value();
    return total;
  }

 private:
  std::array<Count, names<E>.size()> counts_;
};

}  // namespace towline::observe
