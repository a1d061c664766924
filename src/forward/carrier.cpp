#include "forward/carrier.hpp"

#include "forward/connection.hpp"

#include <utility>

namespace towline::forward {

using observe::ForwardState;

Carrier::Carrier(LocalEntry& entry, Site site) : entry_(entry), site_(site) { site_.carrier = this; }

Carrier::~Carrier() { leave(); }

void Carrier::join() {
  // A successor finds the forward up and keeps it so.
  if (site_.report.status().state != ForwardState::up) site_.report.enter(ForwardState::binding);
  carrying_ = std::make_shared<Carrying>(site_.connections.executor(), static_cast<EntryUser&>(*this));
  entry_.join(carrying_);
}

void Carrier::leave() {
  if (!carrying_) return;
  carrying_->user = nullptr;
  entry_.leave(std::exchange(carrying_, nullptr));
}

bool Carrier::give_back(const Failure& failure, net::Stream& socket, Arrival& arrival) {
  if (keeps_all_ || channel_failure(failure.code) != observe::ConnectionFailure::not_up) return false;
  leave();
  entry_.give_back(site_.connections.executor(), std::move(socket), std::move(arrival));
  return true;
}

void Carrier::on_listening(std::uint16_t port) { site_.report.up(port); }

void Carrier::on_unbound(const Explanation& why) { site_.report.down(ForwardState::binding, why); }

void Carrier::on_accepted(net::Stream socket, Arrival arrival) {
  site_.connections.spawn(entry_.serve()(site_, std::move(socket), std::move(arrival)));
}

}  // namespace towline::forward
