#include "supervisor/turnstile.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace towline::supervisor {

Turnstile::Turnstile(std::size_t servers) : gates_(servers) {}

Turnstile::Pass::Pass(Pass&& other) noexcept
    : turnstile_(std::exchange(other.turnstile_, nullptr)), server_(other.server_) {}

Turnstile::Pass::~Pass() {
  if (turnstile_) turnstile_->leave(server_);
}

std::shared_ptr<Turnstile::Waiting> Turnstile::take_or_queue(ServerIndex server,
                                                             const asio::any_io_executor& executor) {
  const std::lock_guard lock(mutex_);
  auto& gate = gates_.at(server);
  if (!std::exchange(gate.taken, true)) return nullptr;
  return gate.queue.emplace_back(std::make_shared<Waiting>(executor, Event(executor)));
}

Task<std::optional<Turnstile::Pass>> Turnstile::enter(ServerIndex server) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto executor = co_await asio::this_coro::executor;
  const auto waiting = take_or_queue(server, executor);
  while (waiting && !waiting->granted) {
    if (!co_await waiting->turn.wait()) continue;
    give_up(server, waiting);
    co_return std::nullopt;
  }
  co_return Pass(*this, server);
}

void Turnstile::give_up(ServerIndex server, const std::shared_ptr<Waiting>& waiting) {
  {
    const std::lock_guard lock(mutex_);
    if (std::erase(gates_.at(server).queue, waiting) > 0) return;
  }
  leave(server);  // it was our turn by now
}

void Turnstile::leave(ServerIndex server) {
  const std::lock_guard lock(mutex_);
  auto& gate = gates_.at(server);
  if (gate.queue.empty()) {
    gate.taken = false;
    return;
  }
  auto next = std::move(gate.queue.front());
  gate.queue.pop_front();
  auto& executor = next->executor;
  asio::post(executor, [next] {
    next->granted = true;
    next->turn.notify_all();
  });
}

}  // namespace towline::supervisor
