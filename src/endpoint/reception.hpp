// What every endpoint has, whatever it serves its clients with: host keys, who may log in, who is asked, what
// is told of clients.
#pragma once

#include "async/task.hpp"
#include "endpoint/account.hpp"
#include "endpoint/login_help.hpp"
#include "endpoint/options.hpp"
#include "endpoint/user_files.hpp"
#include "net/resolve.hpp"
#include "observe/endpoint_slot.hpp"
#include "observe/log.hpp"
#include "ssh/server/endpoint.hpp"
#include "ssh/session/connection.hpp"
#include "ssh/transport/server/server_keys.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace towline::endpoint {

// What the endpoints of a process share, and outlives them.
struct Surroundings {
  const Options& options;
  std::chrono::milliseconds answer_timeout;  // for what a client owes
  ClientMetrics& clients;
  ssh::ClientNumbers& client_numbers;
};

// As a client's connection is to be kept.
ssh::Connection::Options connection_options(const Surroundings& around);

// Everything but the constructor and prepare() happens on one io_context. Not thread-safe.
class Reception {
 public:
  // A client that has logged in, until it has gone; returns why. `slot` is where it is seen meanwhile.
  using Serve =
      std::function<Task<ssh::Gone>(std::unique_ptr<ssh::Packets> packets, const ssh::LoggedIn& user,
                                    std::shared_ptr<observe::ClientSlot> slot)>;

  // `slot` outlives it.
  Reception(asio::any_io_executor executor, const Surroundings& around, observe::EndpointSlot& slot,
            const observe::Log& log, Serve serve);

  // Reads the host keys, or makes one, and says which they are. Before anything runs. Errors: those of
  // read_host_keys() and ssh::ServerKeys::import().
  Result<> prepare();

  // Looks after who may log in; until cancelled.
  Task<> watch() { return users_.watch(); }
  // As ssh::Endpoint's.
  Task<> accept(net::Acceptor& acceptor) { return endpoint_->accept(acceptor); }
  Task<> close() { return endpoint_->close(); }

  const net::Resolver& resolver() const { return resolver_; }

 private:
  Task<ssh::Gone> serve(const ssh::Newcomer& who, const ssh::LoggedIn& user,
                        std::unique_ptr<ssh::Packets> packets);

  asio::any_io_executor executor_;
  const Options& options_;
  ssh::ClientNumbers& client_numbers_;
  observe::EndpointSlot& slot_;
  observe::Log log_;
  Serve serve_;
  net::Resolver resolver_;
  UserFiles users_;
  LoginHelp help_;
  Account account_;
  std::optional<ssh::ServerKeys> keys_;
  std::optional<ssh::Endpoint> endpoint_;
};

}  // namespace towline::endpoint
