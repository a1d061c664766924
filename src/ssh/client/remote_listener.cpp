#include "ssh/client/remote_listener.hpp"

#include <utility>

namespace towline::ssh {

void ListenState::on_end(Failure why) {
  phase = Phase::over;
  end = std::move(why);
  changed.notify_all();
  over.notify_all();
}

RemoteListener::~RemoteListener() {
  if (!state_ || state_->phase == ListenState::Phase::over) return;
  state_->arrived.clear();
  state_->requests.abandon(state_->id);
  state_->link.commit();
}

Task<Result<Incoming>> RemoteListener::accept() {
  auto& state = *state_;
  for (;;) {
    if (!state.arrived.empty()) {
      auto next = std::move(state.arrived.front());
      state.arrived.pop_front();
      co_return next;
    }
    if (state.phase == ListenState::Phase::over) co_return state.end;
    if (auto ec = co_await state.changed.wait()) co_return ec;
  }
}

Task<> RemoteListener::cancel(std::chrono::steady_clock::time_point deadline) {
  auto& state = *state_;
  if (state.phase == ListenState::Phase::listening) {
    state.phase = ListenState::Phase::cancelling;
    state.requests.cancel(state.id);
    state.link.commit();
  }
  while (state.phase == ListenState::Phase::cancelling) {
    if (!co_await state.over.wait_before(deadline)) continue;
    state.requests.abandon(state.id);
    state.on_end(errc::session_closed);
  }
}

}  // namespace towline::ssh
