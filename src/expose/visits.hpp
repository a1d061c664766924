// Whoever comes for what clients offer, and is carried to one of them: visitors of TCP ports, and other
// clients.
#pragma once

#include "async/task.hpp"
#include "async/task_group.hpp"
#include "expose/names/rate.hpp"
#include "expose/names/visitors.hpp"
#include "expose/stage.hpp"
#include "forward/place.hpp"
#include "forward/pump.hpp"
#include "net/descriptors.hpp"
#include "net/stream.hpp"
#include "relay/relay.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace towline::expose {

// One connection that is carried to what a client offers, counted while it lives: in the offer's pool, and on
// the client, which it keeps.
class Visiting {
 public:
  Visiting(Stage& stage, std::shared_ptr<Client> client, OfferId offer);
  ~Visiting();
  Visiting(const Visiting&) = delete;
  Visiting& operator=(const Visiting&) = delete;

  Client& client() { return *client_; }

 private:
  Stage& stage_;
  std::shared_ptr<Client> client_;
  OfferId offer_;
  std::optional<Kind> counted_;  // visitors of HTTP are counted by their connections
};

// How fast the connections of one account are.
class AccountPace final : public forward::Pace {
 public:
  explicit AccountPace(std::uint64_t bytes_per_second)
      : to_client_(bytes_per_second), from_client_(bytes_per_second) {}

  Duration sent(std::uint64_t bytes) override {
    return to_client_.spend(bytes, std::chrono::steady_clock::now());
  }
  Duration received(std::uint64_t bytes) override {
    return from_client_.spend(bytes, std::chrono::steady_clock::now());
  }

 private:
  Rate to_client_;
  Rate from_client_;
};

// Not thread-safe; use on its io_context. `stage` outlives it; cancel() and join() before it goes.
class Visits {
 public:
  Visits(Stage& stage, net::Descriptors& descriptors);

  // Somebody has connected to this port of ours.
  void arrived(net::Stream socket, std::uint16_t port);
  // A client asks for what another one offers.
  void call(std::shared_ptr<Client> client, ssh::Channel offered, const net::HostPort& target);

  void cancel() { tasks_.cancel(); }
  Task<> join();
  std::size_t size() const { return tasks_.size(); }

  Visitors& visitors() { return visitors_; }
  // A client has not taken somebody: it is counted, told, and left out for a while.
  void not_opened(Client& owner, const Offer& offer, const Failure& why);
  // Null: there is no bound.
  std::shared_ptr<AccountPace> pace_of(const Account& account);

 private:
  using Address = boost::asio::ip::address;
  struct Arrived {
    net::Stream socket;
    std::uint16_t port;
    net::HostPort peer;
    Address address;
    Visitors::Visit visit;
    forward::Place place;
    std::chrono::steady_clock::time_point when = std::chrono::steady_clock::now();
  };
  struct Opened {
    std::shared_ptr<Visiting> visiting;
    Offer offer;
    std::optional<ssh::Channel> channel{};
  };

  Task<> carry(Arrived arrived);
  Task<std::optional<Opened>> open(Arrived& arrived);
  Task<> carry_on(Arrived& arrived, Opened& opened);
  Task<bool> introduce(ssh::Channel& channel, const Arrived& arrived, forward::ProxyProtocol version);
  Task<> join(std::shared_ptr<Client> caller, std::unique_ptr<relay::Relay> offered, Offer offer);

  Stage& stage_;
  Visitors visitors_;
  std::shared_ptr<forward::Places> places_;
  forward::Scratch scratch_{};
  std::map<std::string, std::weak_ptr<AccountPace>> paces_;
  TaskGroup tasks_;
};

}  // namespace towline::expose
