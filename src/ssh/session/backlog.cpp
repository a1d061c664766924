#include "ssh/session/backlog.hpp"

#include <algorithm>

namespace towline::ssh {

void Backlog::append(Bytes data) {
  while (!data.empty()) {
    if (pieces_.empty() || pieces_.back().size() == piece_max) pieces_.emplace_back();
    auto& last = pieces_.back();
    const auto part = data.first(std::min(data.size(), piece_max - last.size()));
    last.insert(last.end(), part.begin(), part.end());
    data = data.subspan(part.size());
  }
}

Bytes Backlog::front() const { return pieces_.empty() ? Bytes{} : Bytes(pieces_.front()).subspan(dropped_); }

void Backlog::drop(std::size_t n) {
  dropped_ += n;
  if (pieces_.empty() || dropped_ < pieces_.front().size()) return;
  pieces_.pop_front();
  dropped_ = 0;
}

}  // namespace towline::ssh
