// Our own client and a Connection in the server's role, each other's peer over two transports in memory.
#pragma once

#include "doubles/packets_pair.hpp"
#include "ssh/client/session.hpp"
#include "unit/async/turns.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::ssh {

// Never met by a test that passes.
inline Deadline much_later() { return std::chrono::steady_clock::now() + std::chrono::hours(1); }

struct Unobserved final : SessionObserver {
  void on_received(std::chrono::steady_clock::time_point) override {}
  void on_keepalive_sent() override {}
  void on_keepalive_missed() override {}
  void on_round_trip(std::chrono::steady_clock::duration) override { ++round_trips; }
  void on_unmatched(const UnmatchedChannel&) override { ++unmatched; }

  int round_trips = 0, unmatched = 0;
};

// A server that leaves every decision to the test.
class ServerRole final : public Connection::Role {
 public:
  struct Offer {
    Channel channel;
    std::string type;
    std::vector<std::uint8_t> payload;
  };
  struct Request {
    std::string name;
    std::vector<std::uint8_t> payload;
    std::optional<connection::RequestId> id;
  };

  Result<> on_offered(Channel channel, const connection::ChannelOffered& offered) override {
    offers.push_back({std::move(channel), std::string(offered.type), copy(offered.payload)});
    if (on_offer) on_offer(offers.back());
    return {};
  }
  void on_offer_refused(const connection::OfferRefused&) override { ++one_too_many; }
  Result<> on_global_request(const connection::GlobalRequest& request) override {
    requests.push_back({std::string(request.name), copy(request.payload), request.id});
    return {};
  }
  Result<> on_global_reply(const connection::GlobalReply& reply) override {
    replies.push_back(reply.success);
    return {};
  }
  void on_end(const Failure& why) override { end = why; }

  std::function<void(Offer&)> on_offer{};
  std::deque<Offer> offers{};
  std::deque<Request> requests{};
  std::vector<bool> replies{};
  int one_too_many = 0;
  std::optional<Failure> end{};

 private:
  static std::vector<std::uint8_t> copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
};

inline constexpr KeepaliveOptions never_asks{.interval = std::chrono::seconds(0), .count_max = 0};

class BothRoles : public Turns {
 public:
  explicit BothRoles(const connection::WindowLimits& server_windows = {},
                     std::size_t server_channels_max = 16384)
      : session(io.get_executor(), pair.client(), never_asks, std::chrono::hours(1), observer),
        server(io.get_executor(), pair.server(),
               {.keepalive = never_asks,
                .answer_timeout = std::chrono::hours(1),
                .windows = server_windows,
                .channels_max = server_channels_max},
               role, server_observer) {
    begin(session.run(), session_ended);
    begin(server.run(), server_ended);
    turn();
  }
  ~BothRoles() { stop(); }

  doubles::PacketsPair pair{io.get_executor()};
  Unobserved observer;
  Unobserved server_observer;
  ServerRole role;
  Session session;
  Connection server;
  std::optional<Failure> session_ended;
  std::optional<Failure> server_ended;
};

}  // namespace towline::ssh
