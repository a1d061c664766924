// Visitors on real sockets, the entrance, and a client whose server is the test: two connections over two
// transports in memory.
#pragma once

#include "doubles/packets_pair.hpp"
#include "expose/web/entrance.hpp"
#include "expose/web/pipe.hpp"
#include "net/listen.hpp"
#include "unit/ssh/session/both_roles.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace towline::expose::web {

// A client's server, at its end of one channel.
struct Served {
  explicit Served(ssh::Channel c) : channel(std::move(c)) {}

  ssh::Channel channel;
  std::string heard{};
  bool reads = true;
  bool ended = false;  // no more comes
  std::optional<bool> listened{};
};

struct TestOffer final : HttpOffer {
  TestOffer(ssh::Connection& c, HttpRules r) : connection(c), rules_given(std::move(r)) {}

  const HttpRules& rules() const override { return rules_given; }
  Task<Result<ssh::Channel>> open(const Visitor& visitor, Deadline deadline) override {
    ++opened;
    co_return co_await connection.open(
        ssh::connection::ForwardedTcpip{.listener = {"web", 80}, .originator = visitor.address}, deadline);
  }
  void on_request(const RequestLine& line) override {
    lines.push_back(std::string(line.method) + " " + std::string(line.target) + " " +
                    std::to_string(line.status));
  }
  bool gone() const override { return is_gone; }

  ssh::Connection& connection;
  HttpRules rules_given;
  int opened = 0;
  bool is_gone = false;
  std::vector<std::string> lines{};
};

struct TestHosts final : Hosts {
  std::optional<NoWay> enter(const Visitor&) override {
    if (refuses) return refuses;
    ++inside;
    return std::nullopt;
  }
  void leave(const Visitor&) override { --inside; }
  std::variant<std::shared_ptr<HttpOffer>, NoWay> choose(std::string_view host, const Visitor&) override {
    asked.emplace_back(host);
    if (const auto way = no_ways_to.find(host); way != no_ways_to.end()) return way->second;
    const auto offer = offers.find(host);
    if (offer == offers.end()) return NoWay::unknown_host;
    return offer->second;
  }
  std::shared_ptr<HttpOffer> passthrough(std::string_view sni, const Visitor&) override {
    const auto offer = passed.find(sni);
    return offer == passed.end() ? nullptr : offer->second;
  }

  std::optional<NoWay> refuses{};
  int inside = 0;
  std::vector<std::string> asked{};
  std::map<std::string, std::shared_ptr<HttpOffer>, std::less<>> offers{};
  std::map<std::string, NoWay, std::less<>> no_ways_to{};
  std::map<std::string, std::shared_ptr<HttpOffer>, std::less<>> passed{};
};

struct TestObserver final : Observer {
  void on_request(const RequestLine& line, std::optional<NoWay> why) override {
    requests.push_back(std::to_string(line.status) + (why ? " " + std::string(text_of(*why).label) : ""));
    bytes_received += line.bytes_received;
    bytes_sent += line.bytes_sent;
  }
  void on_refused(const Visitor&, NoWay why, std::string_view) override {
    refused.emplace_back(text_of(why).label);
  }
  void on_no_handshake(const Visitor&, const Failure& why) override {
    no_handshakes.push_back(why.message());
  }
  void on_not_accepted(const error_code&) override {}

  std::vector<std::string> requests{};
  std::vector<std::string> refused{};
  std::vector<std::string> no_handshakes{};
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

// Somebody who connects, and hears all that is said.
struct Guest {
  explicit Guest(asio::io_context& io) : socket(io) {}

  void say(std::string_view text) {
    error_code ec;
    while (!text.empty()) {
      const auto n = socket.write_some(asio::buffer(text.data(), text.size()), ec);
      if (ec) return;
      text.remove_prefix(n);
    }
  }
  bool heard_end() const { return end.has_value(); }

  asio::ip::tcp::socket socket;
  std::string heard{};
  std::optional<error_code> end{};
  std::optional<bool> listened{};
};

class WebTalk : public testing::Test, protected Turns {
 protected:
  explicit WebTalk(const ssh::connection::WindowLimits& client_windows = {})
      : near_(io.get_executor(), pair_.server(), options({}), near_role_, unobserved_),
        far_(io.get_executor(), pair_.client(), options(client_windows), far_role_, unobserved_) {
    begin(near_.run(), near_ended_);
    begin(far_.run(), far_ended_);
    far_role_.on_offer = [this](auto& offer) {
      if (refuses_channels) return offer.channel.refuse(ssh::errc::open_connect_failed, "no");
      if (ignores_channels) return;
      auto& served = served_.emplace_back(std::move(offer.channel));
      served.reads = servers_read;
      served.channel.accept();
      this->begin(serve(served), served.listened);
    };
    offer_ = std::make_shared<TestOffer>(near_, HttpRules{});
    hosts_.offers["web.test"] = offer_;
    hosts_.offers["other.test"] = offer_;
  }
  ~WebTalk() override { finish(); }

  // Before anything goes that the entrance uses.
  void finish() {
    for (auto& guest : guests_) guest.socket.close();
    std::optional<bool> closed;
    if (entrance_) {
      begin(end(*entrance_), closed);
      turn_until([&] { return closed.has_value(); });
      acceptor_->close();
    }
    hosts_.offers.clear();
    hosts_.passed.clear();
    if (offer_) offer_->idle().clear();
    stop();
    served_.clear();
  }

  // Lets visitors in.
  void open() {
    entrance_.emplace(io.get_executor(), hosts_, observer_, limits_, certificates_, https_port_);
    auto listening = net::listen(io.get_executor(), {{asio::ip::address_v4::loopback(), 0}}, 0);
    ASSERT_TRUE(listening);
    acceptor_.emplace(std::move(listening->acceptors.front()));
    port_ = listening->port;
    tasks.spawn(entrance_->accept(*acceptor_, door_));
  }

  Guest& guest() {
    if (!entrance_) open();
    auto& guest = guests_.emplace_back(io);
    guest.socket.connect({asio::ip::address_v4::loopback(), port_});
    begin(listen(guest), guest.listened);
    return guest;
  }
  Guest& guest(std::string_view text) {
    auto& one = guest();
    one.say(text);
    return one;
  }

  // The nth channel's other end, when it has heard `text`.
  Served& hears(std::string_view text, std::size_t n = 0) {
    turn_until([&] { return served_.size() > n && served_at(n).heard.find(text) != std::string::npos; });
    return served_at(n);
  }
  Served& served_at(std::size_t n) { return *std::next(served_.begin(), static_cast<std::ptrdiff_t>(n)); }

  void until_heard(const Guest& guest, std::string_view text) {
    turn_until([&] { return guest.heard.find(text) != std::string::npos || guest.heard_end(); });
    EXPECT_NE(guest.heard.find(text), std::string::npos) << guest.heard;
  }
  void until_end(const Guest& guest) {
    turn_until([&] { return guest.heard_end(); });
  }
  // Says all of it, as the window allows.
  void say(Served& served, std::string_view text) {
    std::optional<Result<>> sent;
    begin(send_all(served.channel, text), sent);
    turn_until([&] { return sent.has_value(); });
  }
  void until_reported(std::size_t requests) {
    turn_until([&] { return observer_.requests.size() >= requests; });
  }

  static Task<bool> end(Entrance& entrance) {
    co_await entrance.close(std::chrono::steady_clock::now());
    co_return true;
  }
  static Task<bool> listen(Guest& guest) {
    std::array<char, 16384> piece;
    for (;;) {
      const auto [ec, n] = co_await guest.socket.async_read_some(asio::buffer(piece), as_result);
      guest.heard.append(piece.data(), n);
      if (ec) guest.end = ec;
      if (ec) co_return true;
    }
  }
  static Task<bool> speak(Guest& guest, std::string text) {
    co_await asio::async_write(guest.socket, asio::buffer(text), as_result);
    co_return true;
  }
  static Task<bool> serve(Served& served) {
    for (;;) {
      const auto unread = co_await served.channel.wait_unread();
      if (!unread || unread->empty()) {
        served.ended = true;
        co_return true;
      }
      if (!served.reads) co_return false;
      served.heard += chars_of(*unread);
      served.channel.consume(unread->size());
    }
  }

  static ssh::Connection::Options options(const ssh::connection::WindowLimits& windows) {
    return {.keepalive = ssh::never_asks, .answer_timeout = std::chrono::hours(1), .windows = windows};
  }

  bool servers_read = true;
  bool refuses_channels = false;
  bool ignores_channels = false;
  std::uint16_t https_port_ = 0;
  const tls::CertificateFiles* certificates_ = nullptr;
  Door door_ = Door::plain;
  Limits limits_;
  TestHosts hosts_;
  TestObserver observer_;
  doubles::PacketsPair pair_{io.get_executor()};
  ssh::Unobserved unobserved_;
  ssh::ServerRole near_role_, far_role_;
  std::optional<Failure> near_ended_, far_ended_;
  ssh::Connection near_;
  ssh::Connection far_;
  std::shared_ptr<TestOffer> offer_;
  std::list<Served> served_;
  std::optional<Entrance> entrance_;
  std::optional<net::Acceptor> acceptor_;
  std::uint16_t port_ = 0;
  std::list<Guest> guests_;
};

}  // namespace towline::expose::web
