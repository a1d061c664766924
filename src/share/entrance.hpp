// Where clients of a -S come in: its listener, which is there with and without a session, and their logins.
#pragma once

#include "async/task.hpp"
#include "endpoint/reception.hpp"
#include "forward/kept_listener.hpp"
#include "forward/spec.hpp"
#include "observe/endpoint_slot.hpp"
#include "observe/forward_metrics.hpp"
#include "observe/log.hpp"
#include "share/share.hpp"

#include <cstdint>
#include <memory>

namespace towline::share {

// Everything but the constructor and prepare() happens on one io_context, the first session's. Not
// thread-safe.
class Entrance {
 public:
  Entrance(asio::any_io_executor executor, const forward::ForwardSpec& spec, const Options& options,
           const endpoint::Surroundings& around, observe::ForwardMetrics& metrics,
           observe::EndpointSlot& slot, const observe::Log& log);

  // As Reception's. Before anything runs.
  Result<> prepare() { return reception_.prepare(); }

  forward::Passenger& passenger() { return share_; }

  // Until cancelled: clients are sent away then, if stop() has not let them go.
  Task<> run();
  // No new clients; the present ones have until `deadline`.
  void stop(Deadline deadline);
  // Sends this client away, if it is one of ours.
  void disconnect(std::uint64_t client) { share_.disconnect(client); }

 private:
  void listening(const forward::LocalListener* listener);

  asio::any_io_executor executor_;
  const forward::ForwardSpec& spec_;
  observe::EndpointSlot& slot_;
  observe::Log log_;
  Share share_;
  endpoint::Reception reception_;
  forward::KeptListener listener_;
};

}  // namespace towline::share
