#include "unit/expose/web/web_talk.hpp"

#include <gmock/gmock.h>

namespace towline::expose::web {

namespace {

// A visitor's line and a channel, joined.
class Pipes : public WebTalk {
 protected:
  Pipes() {
    auto listening = net::listen(io.get_executor(), {{asio::ip::address_v4::loopback(), 0}}, 0);
    acceptor_.emplace(std::move(listening->acceptors.front()));
    port_ = listening->port;
  }

  void join(std::string read_ahead) {
    auto& guest = guests_.emplace_back(io);
    guest.socket.connect({asio::ip::address_v4::loopback(), port_});
    begin(listen(guest), guest.listened);
    begin(carry(std::move(read_ahead)), piped_);
    turn_until([&] { return !served_.empty(); });
  }
  Task<Piped> carry(std::string read_ahead) {
    auto [ec, socket] = co_await acceptor_->async_accept(as_result);
    tls::PlainLine line(std::move(socket));
    const Visitor visitor{.address = {"192.0.2.7", 1}, .local = {}, .over_tls = false, .sni = {}};
    auto channel = co_await offer_->open(visitor, ssh::much_later());
    co_return co_await pipe(line, std::move(read_ahead), *channel, *scratch_);
  }
  void until_joined() {
    turn_until([&] { return piped_.has_value(); });
  }

  std::unique_ptr<Scratch> scratch_ = std::make_unique<Scratch>();
  std::optional<Piped> piped_;
};

TEST_F(Pipes, what_was_read_ahead_goes_first_and_each_side_ends_for_itself) {
  join("ahead");
  auto& visitor = guests_.front();
  visitor.say(" and more");
  auto& server = hears("ahead and more");
  visitor.socket.shutdown(asio::socket_base::shutdown_send);
  turn_until([&] { return server.ended; });
  say(server, "the last");
  server.channel.send_eof();
  until_joined();
  until_end(visitor);
  EXPECT_EQ(visitor.heard, "the last");
  EXPECT_EQ(*visitor.end, asio::error::eof);
  EXPECT_EQ(piped_->received, 14U);
  EXPECT_EQ(piped_->sent, 8U);
}

TEST_F(Pipes, a_session_that_is_lost_resets_the_visitor) {
  join("");
  tasks.spawn(near_.close(std::chrono::steady_clock::now()));
  until_end(guests_.front());
  EXPECT_EQ(*guests_.front().end, asio::error::connection_reset);
  until_joined();
}

TEST_F(Pipes, a_visitor_that_resets_closes_the_channel) {
  join("");
  auto& visitor = guests_.front();
  visitor.socket.set_option(asio::socket_base::linger(true, 0));
  visitor.socket.close();
  until_joined();
  turn_until([&] { return served_at(0).ended; });
}

TEST_F(Pipes, a_visitor_that_does_not_read_holds_the_client_back) {
  join("");
  guests_.front().socket.cancel();
  turn_until([&] { return guests_.front().heard_end(); });
  const std::string piece(32 * 1024, 'x');
  std::size_t written = 0;
  for (auto& server = served_at(0); written < 64U * 1024 * 1024;) {
    const auto n = std::min(server.channel.sendable(), piece.size());
    if (n == 0) {
      for (int i = 0; i < 100 && server.channel.sendable() == 0; ++i) turn();
      if (server.channel.sendable() == 0) break;
      continue;
    }
    server.channel.write(octets_of(std::string_view(piece).substr(0, n)));
    written += n;
  }
  EXPECT_LT(written, 64U * 1024 * 1024);
  guests_.front().socket.close();
  until_joined();
}

}  // namespace

}  // namespace towline::expose::web
