// What clients offer: asked for, granted, refused, replaced, given back.
#pragma once

#include "async/task.hpp"
#include "async/task_group.hpp"
#include "expose/stage.hpp"
#include "expose/tcp_ports.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::expose {

// Not thread-safe; use on its io_context. `stage` outlives it; close() and join() before it goes.
class Forwards {
 public:
  Forwards(Stage& stage, TcpPorts::Arrived arrived);

  // Answers the request `id`, if there is one.
  void offer(std::shared_ptr<Client> client, net::HostPort asked,
             std::optional<ssh::connection::RequestId> id);
  void withdraw(Client& client, const net::HostPort& asked, std::optional<ssh::connection::RequestId> id);
  // What it offers is to be served by its words of now.
  void reword(Client& client);
  // All that it offers: it has gone.
  void drop(Client& client);
  // All that is offered at this place, in the words of the client's slot: by an order from here.
  void end_exposed(std::string_view where);

  std::vector<Told> exposed(const Client& client) const;

  // No more ports, no more offers.
  void close();
  Task<> join();

 private:
  Task<> take(std::shared_ptr<Client> client, Offer offer, std::optional<ssh::connection::RequestId> id);
  Task<std::optional<NotHad>> obtain(Client& client, Offer& offer);
  Task<std::optional<NotHad>> bind(Offer& offer);
  Task<bool> is_proven(const Offer& offer);
  Task<> oust_ghosts(const Offer& offer);
  Task<> send_away(std::shared_ptr<Client> client);
  std::optional<NotHad> add(Client& client, Offer& offer);
  void refuse(Client& client, const net::HostPort& asked, NotHad why);
  void end(OfferId id);
  void over(const Offer& offer, ToldEvent how);
  void close_unused(const Place& place);
  void reword(Client& client, Offer old);
  std::vector<Told> told(const Offer& offer) const;

  Stage& stage_;
  Reach reach_;
  TcpPorts ports_;
  TaskGroup tasks_;
  bool closed_ = false;
};

}  // namespace towline::expose
