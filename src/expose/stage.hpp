// What all that serves clients and visitors of an entrance stands on.
#pragma once

#include "async/event.hpp"
#include "endpoint/client_metrics.hpp"
#include "expose/client.hpp"
#include "expose/metrics.hpp"
#include "expose/names/directory.hpp"
#include "expose/options.hpp"
#include "forward/spec.hpp"
#include "net/resolve.hpp"
#include "observe/forward_metrics.hpp"
#include "observe/log.hpp"

#include <map>
#include <memory>
#include <random>

namespace towline::expose {

// Not thread-safe; use on its io_context. What it refers to outlives it.
struct Stage {
  asio::any_io_executor executor;
  const Options& options;
  const forward::ForwardSpec& spec;
  observe::ForwardMetrics& metrics;
  endpoint::ClientMetrics& client_metrics;
  Metrics& counts;
  const net::Resolver& resolver;
  observe::Log log;

  Directory directory{options.directory};
  std::map<ClientNumber, std::shared_ptr<Client>> clients{};
  std::mt19937_64 random{std::random_device{}()};
  Event changed{executor};  // a client has gone, or a visitor

  std::shared_ptr<Client> client(ClientNumber number) const {
    const auto found = clients.find(number);
    return found == clients.end() ? nullptr : found->second;
  }
};

}  // namespace towline::expose
