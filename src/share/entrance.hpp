// Where clients of a -S come in: its listener, which is there with and without a session, and their logins.
#pragma once

#include "async/task.hpp"
#include "endpoint/account.hpp"
#include "endpoint/login_help.hpp"
#include "endpoint/options.hpp"
#include "endpoint/user_files.hpp"
#include "forward/spec.hpp"
#include "net/resolve.hpp"
#include "observe/endpoint_slot.hpp"
#include "observe/forward_metrics.hpp"
#include "observe/log.hpp"
#include "share/share.hpp"
#include "ssh/server/endpoint.hpp"
#include "ssh/transport/server/server_keys.hpp"

#include <memory>
#include <optional>

namespace towline::share {

// What an entrance shares with all others of the process, and outlives it.
struct Surroundings {
  const Options& options;
  const endpoint::Options& endpoint;
  std::chrono::milliseconds answer_timeout;  // for what a client or the server owes
  endpoint::ClientMetrics& clients;
  ssh::ClientNumbers& client_numbers;
  const observe::Log& log;
};

// Everything but the constructor and prepare() happens on one io_context, the first session's. Not
// thread-safe.
class Entrance {
 public:
  Entrance(asio::any_io_executor executor, const forward::ForwardSpec& spec, const Surroundings& around,
           observe::ForwardMetrics& metrics, observe::EndpointSlot& slot);

  // Reads the host keys, or makes one, and says which they are. Before anything runs. Errors: those of
  // endpoint::read_host_keys() and ssh::ServerKeys::import().
  Result<> prepare();

  forward::Passenger& passenger() { return share_; }

  // Until cancelled: clients are sent away then, if stop() has not let them go.
  Task<> run();
  // No new clients; the present ones have until `deadline`.
  void stop(Deadline deadline);
  // Sends this client away, if it is one of ours.
  void disconnect(std::uint64_t client) { share_.disconnect(client); }

 private:
  Task<> listen();
  Task<bool> bind_and_accept(int& failures);
  Task<> accept_all(std::vector<net::Acceptor>& acceptors);
  Task<ssh::Gone> serve(const ssh::Newcomer& who, const ssh::LoggedIn& user,
                        std::unique_ptr<ssh::Packets> packets);

  asio::any_io_executor executor_;
  const forward::ForwardSpec& spec_;
  observe::ForwardMetrics& metrics_;
  observe::EndpointSlot& slot_;
  const endpoint::Options& options_;
  ssh::ClientNumbers& client_numbers_;
  observe::Log log_;
  net::Resolver resolver_;
  endpoint::UserFiles users_;
  endpoint::LoginHelp help_;
  endpoint::Account account_;
  Share share_;
  std::optional<ssh::ServerKeys> keys_;
  std::optional<ssh::Endpoint> endpoint_;
  std::uint16_t last_port_ = 0;
  bool stopping_ = false;
  Event changed_;  // stopping_
};

}  // namespace towline::share
