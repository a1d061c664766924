// Answers to the peer's requests, in the order in which it asked (RFC 4254, 4 and 5.4), whenever they become
// known. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

namespace towline::ssh::connection {

// A request that waits for its answer.
using RequestId = std::uint64_t;

struct Answer {
  bool success = false;
  std::vector<std::uint8_t> payload{};  // of a global request's success, as it goes on the wire

  bool operator==(const Answer&) const = default;
};

// Without storage while nothing is asked.
class Answers {
 public:
  // How many may wait at a time. What comes beyond is refused in its turn, unseen.
  static constexpr std::size_t waiting_max = 64;

  // A request wants an answer. Nothing: it is refused.
  std::optional<RequestId> asked();
  // Once for each; any order.
  void give(RequestId id, Answer answer);
  // The next one that may go out.
  std::optional<Answer> next();

 private:
  struct Waiting {
    RequestId id;
    std::optional<Answer> answer{};
    std::uint64_t refused_behind = 0;
  };

  std::list<Waiting> waiting_;
  std::uint64_t refused_ = 0;  // before the first that waits
  RequestId next_id_ = 0;
};

}  // namespace towline::ssh::connection
