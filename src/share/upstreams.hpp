// The sessions to the server that there are, and which of them a channel goes to.
#pragma once

#include "async/task_group.hpp"
#include "ssh/client/session.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace towline::share {

// `connections` use the session, and are joined before it goes.
struct Upstream {
  ssh::Session& session;
  TaskGroup& connections;
  bool first = true;         // the supervisor's
  bool leaving = false;      // no new channels
  std::size_t sessions = 0;  // channels of this type that are open or asked for
  bool full = false;         // the server has refused one more (sshd_config(5), MaxSessions), until one ends
  std::chrono::steady_clock::time_point last_used = std::chrono::steady_clock::now();
};

// One channel of type `session`, counted for its upstream while it lives.
class SessionPlace {
 public:
  explicit SessionPlace(std::shared_ptr<Upstream> upstream) : upstream_(std::move(upstream)) {
    ++upstream_->sessions;
  }
  SessionPlace(SessionPlace&&) noexcept = default;
  SessionPlace& operator=(SessionPlace&&) = delete;
  ~SessionPlace() {
    if (!upstream_) return;
    --upstream_->sessions;
    upstream_->full = false;
    upstream_->last_used = std::chrono::steady_clock::now();
  }

 private:
  std::shared_ptr<Upstream> upstream_;
};

using UpstreamList = std::vector<std::shared_ptr<Upstream>>;

// Where a channel goes: the first session, and one of type `session` to the first that is not full. Null:
// there is none. Pure.
std::shared_ptr<Upstream> choose(const UpstreamList& upstreams, bool is_session);

}  // namespace towline::share
