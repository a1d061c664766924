// A client, a relay and a server: four connections over two transports in memory, and what the ends hear.
#pragma once

#include "relay/relay.hpp"
#include "unit/ssh/session/both_roles.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::relay {

using ssh::Bytes;
using ssh::Channel;
using ssh::Connection;
using ssh::much_later;
using ssh::connection::RequestId;

inline Bytes octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// All that an end of a channel hears, in words; bytes that follow each other are one word.
class Transcript final : public Channel::Sink {
 public:
  bool reads = true;
  std::vector<std::string> words{};
  std::vector<RequestId> ids{};  // to be answered
  std::size_t unread = 0;

  // Opens the window for what has come meanwhile.
  void read_on(Channel& channel) {
    reads = true;
    channel.consumed(std::exchange(unread, 0));
  }

  std::size_t on_data(std::uint32_t stream, Bytes data) override {
    const auto name = stream == 0 ? "data:" : stream == 1 ? "stderr:" : std::to_string(stream) + ":";
    if (words.empty() || !words.back().starts_with(name)) words.push_back(name);
    words.back() += text_of(data);
    if (reads) return data.size();
    unread += data.size();
    return 0;
  }
  void on_request(std::string_view type, Bytes payload, std::optional<RequestId> id) override {
    words.push_back(std::string(type) + "(" + text_of(payload) + ")" + (id ? "?" : ""));
    if (id) ids.push_back(*id);
  }
  void on_reply(bool success) override { words.emplace_back(success ? "yes" : "no"); }
  void on_eof() override { words.emplace_back("eof"); }
  void on_refused(std::uint32_t code, std::string_view text) override {
    words.push_back("refused " + std::to_string(code) + " " + std::string(text));
  }
  void on_closed(const Failure& why) override {
    words.emplace_back(why.code == ssh::errc::channel_closed ? "closed" : "lost");
  }
};

struct End {
  std::optional<Channel> channel{};
  Transcript heard{};
};

// Windows that the four grant their peers.
struct Windows {
  ssh::connection::WindowLimits client{};
  ssh::connection::WindowLimits relay{};
  ssh::connection::WindowLimits server{};
};

// Of `size` bytes, and never more.
inline ssh::connection::WindowLimits window_of(std::uint32_t size, std::uint32_t packet_max = 32 * 1024) {
  return {.initial = size, .max = size, .session_max = 1ULL << 40U, .min = size, .packet_max = packet_max};
}

class Chain : public Turns {
 public:
  struct Relayed {
    explicit Relayed(std::unique_ptr<Relay> r) : relay(std::move(r)) {}

    std::unique_ptr<Relay> relay;
    std::optional<Result<RelayResult>> result{};
  };

  // What has become of a channel that the client opens.
  struct Opening {
    Transcript heard{};
    std::optional<Result<Channel>> result{};
  };

  explicit Chain(const Windows& windows = {})
      : client(io.get_executor(), client_wire.client(), options(windows.client), client_role, unobserved),
        near(io.get_executor(), client_wire.server(), options(windows.relay), near_role, unobserved),
        upstream(io.get_executor(), server_wire.client(), options(windows.relay), upstream_role, unobserved),
        server(io.get_executor(), server_wire.server(), options(windows.server), server_role, unobserved) {
    begin(client.run(), ended.emplace_back());
    begin(near.run(), ended.emplace_back());
    begin(upstream.run(), ended.emplace_back());
    begin(server.run(), ended.emplace_back());
    near_role.on_offer = [this](auto& offer) { carry(offer); };
    turn();
  }
  ~Chain() { stop(); }

  // Everything that the client opens is opened on the server.
  void carry(ssh::ServerRole::Offer& offer) {
    auto& next =
        relayed.emplace_back(std::make_unique<Relay>(io.get_executor(), std::move(offer.channel), tap));
    begin(open_and_run(*next.relay, upstream, {offer.type, offer.payload}), next.result);
    near_role.offers.pop_back();
  }

  Opening& ask(ssh::connection::OpaqueChannel request) {
    auto& next = openings.emplace_back();
    begin(client.open(std::move(request), much_later(), &next.heard), next.result);
    turn();
    return next;
  }

  // A session through both, in its first turn.
  void open(End& at_client, End& at_server) {
    std::optional<Result<Channel>> opening;
    begin(client.open(ssh::connection::SessionChannel{}, much_later(), &at_client.heard), opening);
    turn();
    at_server.channel.emplace(std::move(server_role.offers.front().channel));
    server_role.offers.pop_front();
    at_server.channel->tell(&at_server.heard);
    at_server.channel->accept();
    turn();
    at_client.channel.emplace(std::move(**opening));
  }

  // For a channel that may outlive its test.
  Transcript& transcript() { return transcripts.emplace_back(); }

  void lose(Connection& connection) {
    tasks.spawn(connection.close(much_later()));
    turn();
  }

  // As much as it may.
  std::string fill(Channel& channel) {
    std::string said;
    while (channel.sendable() > 0) {
      const std::string piece(channel.sendable(), static_cast<char>('a' + said.size() % 26));
      channel.write(octets(piece));
      said += piece;
      turn();
    }
    return said;
  }

  std::list<Transcript> transcripts;
  doubles::PacketsPair client_wire{io.get_executor()};
  doubles::PacketsPair server_wire{io.get_executor()};
  ssh::Unobserved unobserved;
  ssh::ServerRole client_role, near_role, upstream_role, server_role;
  Tap* tap = nullptr;
  std::list<std::optional<Failure>> ended;
  Connection client;
  Connection near;
  Connection upstream;
  Connection server;
  std::list<Relayed> relayed;
  std::list<Opening> openings;

 private:
  static Connection::Options options(const ssh::connection::WindowLimits& windows) {
    return {.keepalive = ssh::never_asks, .answer_timeout = std::chrono::hours(1), .windows = windows};
  }

  static Task<Result<RelayResult>> open_and_run(Relay& relay, Connection& upstream,
                                                ssh::connection::OpaqueChannel request) {
    if (const auto opened = co_await relay.open(upstream, std::move(request), much_later()); !opened) {
      relay.refuse(ssh::errc::open_connect_failed, "not to be opened");
      co_return opened.error();
    }
    co_return co_await relay.run();
  }
};

}  // namespace towline::relay
