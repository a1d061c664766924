// The SSH clients of endpoints that are logged in, by what their key exchange agreed on.
#pragma once

#include "observe/facts.hpp"

#include <mutex>

namespace towline::observe {

// One for the process. Thread-safe; the mutex is taken at logins and where somebody looks, never for a
// packet.
class ClientSessions {
 public:
  void add(const SessionAlgorithms& algorithms) {
    const std::lock_guard lock(mutex_);
    ++counts_[algorithms];
  }

  void remove(const SessionAlgorithms& algorithms) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(algorithms);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }

  ClientCounts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  ClientCounts counts_;
};

}  // namespace towline::observe
