// Descriptors that are shared out before they are opened: who asks for one is told when there is none left,
// and what must go on beside any number of connections has its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

namespace towline::net {

// One count for all that take from it. Thread-safe and lock-free. Outlives what was taken.
class Descriptors {
 public:
  // One of them, given back at its end, on whichever thread that is.
  class Taken {
   public:
    Taken(Taken&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
    Taken& operator=(Taken&& other) noexcept {
      std::swap(from_, other.from_);
      return *this;
    }
    ~Taken() {
      if (from_ != nullptr) from_->taken_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    friend class Descriptors;
    explicit Taken(Descriptors& from) : from_(&from) {}

    Descriptors* from_;
  };

  explicit Descriptors(std::size_t limit = std::numeric_limits<std::size_t>::max()) : limit_(limit) {}
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  // Nothing where all are taken.
  std::optional<Taken> take();

  // For one that is open already and stays open: the others have one less.
  Taken take_anyway();

  std::size_t limit() const { return limit_; }
  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace towline::net
