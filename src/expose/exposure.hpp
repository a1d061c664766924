// Clients of the public entrance that have logged in, from then until they have gone.
#pragma once

#include "async/task.hpp"
#include "async/task_group.hpp"
#include "expose/client.hpp"
#include "expose/forwards.hpp"
#include "expose/hosts.hpp"
#include "expose/stage.hpp"
#include "expose/visits.hpp"
#include "ssh/server/endpoint.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace towline::expose {

// What an entrance shares with others of its process, and outlives it.
struct Surroundings {
  const Options& options;
  ssh::Connection::Options connection;
  observe::ForwardMetrics& metrics;
  endpoint::ClientMetrics& clients;
  Metrics& counts;
  net::Descriptors& descriptors;
  const net::Resolver& resolver;
  const observe::Log& log;
};

// Everything happens on one io_context. Not thread-safe. Cancel what runs serve() and run() and join it
// before it is destroyed.
class Exposure final : private Host {
 public:
  Exposure(asio::any_io_executor executor, const forward::ForwardSpec& spec, const Surroundings& around);

  // Until cancelled, and until all of it has ended.
  Task<> run();

  // A client that has logged in; until it has gone, or after stop() its visitors have. Returns why.
  Task<ssh::Gone> serve(std::unique_ptr<ssh::Packets> packets, const ssh::LoggedIn& user,
                        std::shared_ptr<observe::ClientSlot> slot);
  // Sends one away; nothing where there is none of this number.
  void disconnect(ClientNumber number);
  void end_exposed(std::string_view where) { forwards_.end_exposed(where); }

  // For visitors of HTTP.
  Hosts& hosts() { return hosts_; }

  // No new clients, offers, visitors: those that are there have until `deadline`.
  void stop(Deadline deadline);

 private:
  void offer(std::shared_ptr<Client> client, net::HostPort asked,
             std::optional<ssh::connection::RequestId> id) override;
  void withdraw(Client& client, const net::HostPort& asked,
                std::optional<ssh::connection::RequestId> id) override;
  void call(std::shared_ptr<Client> client, ssh::Channel offered, net::HostPort target) override;
  void reword(std::shared_ptr<Client> client) override { forwards_.reword(*client); }
  std::vector<Told> exposed(const Client& client) const override { return forwards_.exposed(client); }

  Task<> run_client(std::shared_ptr<Client> client, std::optional<Failure>& why);
  Task<> until_visitors_have_gone(Client& client, Deadline deadline);
  Task<> wake_at(Deadline deadline);
  static Task<> send_away(std::shared_ptr<Client> client);

  ssh::Connection::Options connection_;
  Stage stage_;
  Visits visits_;
  Hosts hosts_;
  Forwards forwards_;
  std::optional<Deadline> stopping_;
  TaskGroup goodbyes_;
};

}  // namespace towline::expose
