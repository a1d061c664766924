// One handshake at a time for each server, whichever of the sessions it is for: a server that restarts is not
// met by all of them at once, and sshd's MaxStartups counts the unauthenticated ones.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"
#include "supervisor/pool.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace towline::supervisor {

// Thread-safe; the mutex is held for a few instructions, once before and once after a handshake. Outlives the
// threads that use it.
class Turnstile {
 public:
  explicit Turnstile(std::size_t servers);

  // The right to talk to a server that does not know us yet; given back by its end.
  class Pass {
   public:
    Pass(Turnstile& turnstile, ServerIndex server) : turnstile_(&turnstile), server_(server) {}
    Pass(Pass&& other) noexcept;
    Pass& operator=(Pass&&) = delete;
    ~Pass();

   private:
    Turnstile* turnstile_;
    ServerIndex server_;
  };

  // Waits for as long as others hold it, first come first served: each holds it for a connect timeout at
  // most. Nothing when the awaiting coroutine was cancelled.
  Task<std::optional<Pass>> enter(ServerIndex server);

 private:
  struct Waiting {
    asio::any_io_executor executor;
    Event turn;
    bool granted = false;  // set on the executor
  };
  struct Gate {
    bool taken = false;
    std::deque<std::shared_ptr<Waiting>> queue;
  };

  std::shared_ptr<Waiting> take_or_queue(ServerIndex server, const asio::any_io_executor& executor);
  void give_up(ServerIndex server, const std::shared_ptr<Waiting>& waiting);
  void leave(ServerIndex server);

  std::mutex mutex_;
  std::vector<Gate> gates_;
};

}  // namespace towline::supervisor
