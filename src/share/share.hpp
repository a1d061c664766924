// -S: what clients of a local SSH endpoint ask for goes to the server over the session that is up already.
// Clients stay when that is lost.
#pragma once

#include "async/event.hpp"
#include "async/task_group.hpp"
#include "forward/passenger.hpp"
#include "forward/spec.hpp"
#include "observe/log.hpp"
#include "share/client.hpp"
#include "share/listens.hpp"
#include "share/options.hpp"
#include "share/upstreams.hpp"
#include "share/wanted.hpp"
#include "ssh/server/endpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>

namespace towline::share {

// Everything happens on one io_context, the sessions' own. Not thread-safe. cancel the tasks that run serve()
// and run() and join them before it is destroyed.
class Share final : public forward::Passenger, private Host {
 public:
  Share(asio::any_io_executor executor, const forward::ForwardSpec& spec, const Options& options,
        const ssh::Connection::Options& connection, observe::ForwardMetrics& metrics,
        endpoint::ClientMetrics& clients, const observe::Log& log);
  ~Share() override;

  // Lets waits end and further sessions come and go; until cancelled.
  Task<> run();

  // A client that has logged in; until it has gone, or after stop() its channels have.
  // Returns why.
  Task<ssh::Gone> serve(std::unique_ptr<ssh::Packets> packets, ssh::Permissions permissions,
                        std::shared_ptr<observe::ClientSlot> slot);
  // Sends one away, also while the others finish what they have open. Nothing where there is none of this
  // number.
  void disconnect(std::uint64_t id);

  // No new clients, no new channels: what is there has until `deadline`.
  void stop(Deadline deadline);

  // Where clients connect to, or why they cannot.
  void listening(std::uint16_t port);
  void not_listening(const forward::Explanation& why);

  std::size_t clients() const { return clients_.size(); }
  const Listens& listens() const { return listens_; }
  std::size_t upstreams() const { return upstreams_.size(); }
  std::size_t waiting() const { return waiting_.size(); }

  void board(const forward::Ride& ride, Another another) override;
  void leave(const forward::Ride& ride) override;
  Task<> run_alone(forward::Ride ride) override;
  void not_connected(const Failure& why) override;

 private:
  void want(std::shared_ptr<Client> client, ssh::Channel offered,
            ssh::connection::OpaqueChannel what) override;
  void listen(std::shared_ptr<Client> client, ssh::ListenAddress address,
              std::optional<ssh::connection::RequestId> id) override;
  void cancel(const Client& client, const ssh::ListenAddress& address,
              std::optional<ssh::connection::RequestId> id) override;

  void send_on(Wanted wanted);
  void start_waiting();
  std::optional<Deadline> end_waits(Deadline now);
  std::string no_session() const;
  static Task<> send_away(std::shared_ptr<Client> client);
  Task<> run_client(std::shared_ptr<Client> client, std::optional<Failure>& why);
  Task<> carry(std::shared_ptr<Upstream> upstream, Wanted wanted);
  void not_opened(Upstream& upstream, Wanted wanted, const Failure& why);
  Task<> join(std::shared_ptr<Held> held, ssh::Incoming incoming);
  Task<> until_clients_are_gone();

  bool may_have_another() const;
  void make_another();
  Task<> run_another();
  Task<> serve_another(std::unique_ptr<ssh::ClientTransport> transport);
  Task<> run_session(std::shared_ptr<Upstream> upstream);
  void leave(const std::shared_ptr<Upstream>& upstream);
  void tell();

  asio::any_io_executor executor_;
  const forward::ForwardSpec& spec_;
  Options options_;
  ssh::Connection::Options connection_;
  observe::ForwardMetrics& metrics_;
  endpoint::ClientMetrics& client_metrics_;
  observe::Log log_;

  UpstreamList upstreams_;           // the first one in front
  Another another_;                  // makes a further one
  std::size_t making_ = 0;           // those on their way
  std::optional<Failure> hopeless_;  // there is no first one, and waiting would not help
  Event upstreams_changed_;
  forward::Report* report_ = nullptr;            // while there is a first one
  std::optional<std::uint16_t> port_;            // that clients connect to; 0: a unix socket
  std::optional<forward::Explanation> unbound_;  // why they cannot

  std::list<Wanted> waiting_;
  Listens listens_;
  std::map<std::uint64_t, std::shared_ptr<Client>> clients_;  // by their numbers
  std::optional<Deadline> stopping_;
  Event waits_changed_;
  Event clients_changed_;  // one has gone, or all are told to
  TaskGroup others_;       // further sessions, and goodbyes
};

}  // namespace towline::share
