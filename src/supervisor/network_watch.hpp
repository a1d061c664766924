// Tells when the network has got an address or a default route that it had not: a server may be reached now.
#pragma once

#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "supervisor/network_change.hpp"

#include <boost/asio/generic/raw_protocol.hpp>

#include <functional>

namespace towline::supervisor {

// Not thread-safe; use on one io_context. Needs no privilege; a sandbox may forbid it all the same.
class NetworkWatch {
 public:
  explicit NetworkWatch(const asio::any_io_executor& executor);

  // Subscribes to addresses and routes of both families. Errors: the system's (access_denied,
  // address_family_not_supported …); run() returns at once then.
  Result<> open();

  // Calls `changed` after each change, once for what comes together, until cancelled.
  Task<> run(std::function<void()> changed);

 private:
  bool take_in();

  asio::generic::raw_protocol::socket socket_;
  KnownNetwork known_;
};

}  // namespace towline::supervisor
