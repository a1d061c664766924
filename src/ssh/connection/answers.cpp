#include "ssh/connection/answers.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh::connection {

std::optional<RequestId> Answers::asked() {
  if (waiting_.size() >= waiting_max) {
    ++waiting_.back().refused_behind;
    return std::nullopt;
  }
  waiting_.push_back({next_id_});
  return next_id_++;
}

void Answers::give(RequestId id, Answer answer) {
  const auto it = std::ranges::find(waiting_, id, &Waiting::id);
  if (it != waiting_.end() && !it->answer) it->answer = std::move(answer);
}

std::optional<Answer> Answers::next() {
  if (refused_ > 0) {
    --refused_;
    return Answer{};
  }
  if (waiting_.empty() || !waiting_.front().answer) return std::nullopt;
  auto answer = std::move(waiting_.front().answer);
  refused_ = waiting_.front().refused_behind;
  waiting_.pop_front();
  return answer;
}

}  // namespace towline::ssh::connection
