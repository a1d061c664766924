// The place that a connection takes, of those a forward has and on the session that carries it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace towline::forward {

using Places = std::atomic<std::size_t>;

// Taken from here to its end, on whichever thread that is.
class Place {
 public:
  Place() = default;
  Place(std::shared_ptr<Places> forward, std::shared_ptr<Places> session)
      : forward_(std::move(forward)), session_(std::move(session)) {
    forward_->fetch_add(1, std::memory_order_relaxed);
    session_->fetch_add(1, std::memory_order_relaxed);
  }
  Place(Place&&) noexcept = default;
  Place& operator=(Place&& other) noexcept {
    std::swap(forward_, other.forward_);
    std::swap(session_, other.session_);
    return *this;
  }
  ~Place() {
    if (forward_) forward_->fetch_sub(1, std::memory_order_relaxed);
    if (session_) session_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::shared_ptr<Places> forward_;
  std::shared_ptr<Places> session_;
};

}  // namespace towline::forward
