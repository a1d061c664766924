#include "ssh/remote_listener.hpp"

#include <utility>

namespace towline::ssh {

namespace {

void ask_to_cancel(ListenState& state) {
  if (state.phase != ListenState::Phase::listening) return;
  state.phase = ListenState::Phase::cancelling;
  state.link.mux().cancel(state.id);
  state.link.commit();
}

}  // namespace

void ListenState::on_end(Failure why) {
  phase = Phase::over;
  end = std::move(why);
  changed.notify_all();
}

RemoteListener::~RemoteListener() {
  if (!state_) return;
  state_->arrived.clear();
  ask_to_cancel(*state_);
}

Task<Result<Incoming>> RemoteListener::accept() {
  auto& state = *state_;
  for (;;) {
    if (!state.arrived.empty()) {
      auto next = std::move(state.arrived.front());
      state.arrived.pop_front();
      co_return next;
    }
    if (state.phase != ListenState::Phase::listening)
      co_return state.phase == ListenState::Phase::over ? state.end : Failure{errc::session_closed};
    if (auto ec = co_await state.changed.wait()) co_return ec;
  }
}

Task<> RemoteListener::cancel(std::chrono::steady_clock::time_point deadline) {
  auto& state = *state_;
  ask_to_cancel(state);
  state.changed.notify_all();  // ends accept()
  while (state.phase == ListenState::Phase::cancelling) {
    if (co_await state.changed.wait_until(deadline)) co_return;
  }
}

}  // namespace towline::ssh
