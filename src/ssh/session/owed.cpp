#include "ssh/session/owed.hpp"

namespace towline::ssh {

void Owed::begin() {
  if (since_) return;
  since_ = std::chrono::steady_clock::now();
  changed_.notify_all();
}

void Owed::settle() {
  if (!since_) return;
  since_.reset();
  changed_.notify_all();
}

Task<error_code> Owed::overdue() {
  for (;;) {
    error_code ec;
    if (since_) {
      ec = co_await changed_.wait_before(*since_ + patience_);
    } else {
      ec = co_await changed_.wait();
    }
    if (ec) co_return ec;
  }
}

}  // namespace towline::ssh
