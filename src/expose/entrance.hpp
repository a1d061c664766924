// The public entrance as a whole: its listeners, the logins behind them, what clients offer.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"
#include "endpoint/reception.hpp"
#include "expose/exposure.hpp"
#include "expose/http_entrance.hpp"
#include "expose/metrics.hpp"
#include "expose/options.hpp"
#include "forward/kept_listener.hpp"
#include "forward/report.hpp"
#include "forward/spec.hpp"
#include "net/descriptors.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace towline::expose {

// Where an entrance is seen.
struct Seen {
  observe::ForwardMetrics& metrics;
  observe::ForwardSlot& forward;
  observe::EndpointSlot& endpoint;
  Metrics& counts;
};

// Everything but the constructor and prepare() happens on one io_context. Not thread-safe.
class Entrance {
 public:
  // `spec` is that of the entrance; all of it outlives this.
  Entrance(asio::any_io_executor executor, const forward::ForwardSpec& spec, const Options& options,
           const endpoint::Surroundings& around, const Seen& seen, net::Descriptors& descriptors,
           const observe::Log& log);

  // As Reception's. Before anything runs.
  Result<> prepare() { return reception_.prepare(); }

  // Until it has been stopped, or cancelled, and nobody is left. True: it was stopped; false: a listener
  // could not be had from the start, and there is nothing to do without it.
  Task<bool> run();
  // No new clients and visitors; the present ones have until `deadline`.
  void stop(Deadline deadline);
  void disconnect(std::uint64_t client) { exposure_.disconnect(client); }
  void end_exposed(std::string_view where) { exposure_.end_exposed(where); }

 private:
  struct Listener {
    forward::ForwardSpec spec;
    std::optional<forward::KeptListener> kept{};
    std::vector<std::string> places{};  // while it listens
    std::uint16_t port = 0;
    std::optional<forward::Explanation> unbound{};
    bool is_ssh = true;
  };

  Listener& add_listener(const forward::ForwardSpec& spec, const endpoint::ListenPlace& place,
                         forward::KeptListener::Accept accept);
  void add_http(const forward::ForwardSpec& spec, const std::optional<net::HostPort>& where, web::Door door);
  void listening(Listener& listener, const forward::LocalListener* bound);
  void tell();

  asio::any_io_executor executor_;
  observe::ForwardMetrics& metrics_;
  observe::EndpointSlot& slot_;
  observe::Log log_;
  forward::Report report_;
  endpoint::Reception reception_;
  Exposure exposure_;
  HttpEntrance http_;
  std::list<Listener> listeners_;
  bool hopeless_ = false;
  bool stopping_ = false;
  Event changed_;  // either
};

}  // namespace towline::expose
