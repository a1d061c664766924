// A Connection on each of our two transports: what travels through the channels of one session while keys are
// exchanged comes out as it went in.
#include "ssh/client/session.hpp"
#include "ssh/session/connection.hpp"
#include "unit/ssh/session/both_roles.hpp"
#include "unit/ssh/transport/server/both_transports.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace towline::ssh {
namespace {

// No two streams are alike, nor two places of one.
std::uint8_t octet_at(std::size_t stream, std::size_t at) {
  return static_cast<std::uint8_t>((at * 2654435761U >> 13U) ^ (stream * 40503U));
}

Task<Result<>> say(Channel& channel, std::size_t stream, std::size_t size) {
  std::vector<std::uint8_t> piece;
  for (std::size_t said = 0; said < size;) {
    const auto room = co_await channel.wait_sendable();
    if (!room) co_return room.error();
    piece.resize(std::min(*room, size - said));
    for (auto& byte : piece) byte = octet_at(stream, said++);
    channel.write(piece);
  }
  channel.send_eof();
  co_return Result<>{};
}

// How many bytes were right, until the end.
Task<Result<std::size_t>> hear(Channel& channel, std::size_t stream) {
  std::size_t right = 0;
  for (;;) {
    const auto piece = co_await channel.wait_unread();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return right;
    for (const auto byte : *piece) {
      if (byte != octet_at(stream, right)) co_return right;
      ++right;
    }
    channel.consume(piece->size());
  }
}

class BothConnections : public Turns {
 public:
  BothConnections(const MadeKeys& made, const std::string& cipher, std::uint64_t rekey_bytes)
      : transports(made, {.cipher = cipher}, {}, rekey_bytes) {
    transports.shake_hands();
    transports.log_in();
    auto& executor = transports.io;
    session.emplace(executor.get_executor(), std::move(transports.client), never_asks, std::chrono::hours(1),
                    observer);
    server.emplace(executor.get_executor(), std::move(transports.server),
                   Connection::Options{.keepalive = never_asks, .answer_timeout = std::chrono::hours(1)},
                   role, server_observer);
    transports.begin(session->run(), session_ended);
    transports.begin(server->run(), server_ended);
  }
  ~BothConnections() { transports.stop(); }

  // Opens a channel, and both sides hold it.
  std::pair<Channel, Channel> channel() {
    std::optional<Result<Channel>> opening;
    transports.begin(session->open(connection::SessionChannel{}, much_later()), opening);
    transports.turn_until([this] { return !role.offers.empty(); });
    auto offered = std::move(role.offers.front().channel);
    role.offers.pop_front();
    offered.accept();
    transports.turn_until([&] { return opening.has_value(); });
    return {std::move(**opening), std::move(offered)};
  }

  BothTransports transports;
  Unobserved observer;
  Unobserved server_observer;
  ServerRole role;
  std::optional<Session> session;
  std::optional<Connection> server;
  std::optional<Failure> session_ended;
  std::optional<Failure> server_ended;
};

void carries_both_ways(const std::string& cipher, std::size_t size) {
  const MadeKeys made{"ed25519"};
  BothConnections both(made, cipher, 64 * 1024);
  auto [one, one_there] = both.channel();
  auto [two, two_there] = both.channel();
  Channel* channels[] = {&one, &one_there, &two, &two_there};
  std::optional<Result<>> said[4];
  std::optional<Result<std::size_t>> heard[4];
  for (std::size_t i = 0; i < 4; ++i) {
    both.transports.begin(say(*channels[i], i, size), said[i]);
    both.transports.begin(hear(*channels[i], i ^ 1U), heard[i]);
  }
  both.transports.turn_until([&] {
    return both.session_ended || both.server_ended ||
           std::ranges::all_of(heard, [](const auto& result) { return result.has_value(); });
  });
  ASSERT_FALSE(both.session_ended) << both.session_ended->message();
  ASSERT_FALSE(both.server_ended) << both.server_ended->message();
  for (const auto& result : heard) EXPECT_EQ(result->value(), size);
  EXPECT_GT(both.server->packets().key_exchanges(), size / (64 * 1024));
  EXPECT_EQ(both.server->packets().key_exchanges(), both.session->packets().key_exchanges());
}

TEST(BothConnections, carry_channels_both_ways_across_key_exchanges_with_gcm) {
  carries_both_ways("aes128-gcm@openssh.com", 1'000'000);
}
TEST(BothConnections, carry_channels_both_ways_across_key_exchanges_with_chacha) {
  carries_both_ways("chacha20-poly1305@openssh.com", 1'000'000);
}
TEST(BothConnections, carry_channels_both_ways_across_key_exchanges_with_ctr) {
  carries_both_ways("aes256-ctr", 1'000'000);
}

// Trap 4: a client that floods is held back by TCP, and by nothing of ours.
TEST(BothConnections, while_nobody_reads_nothing_piles_up) {
  const MadeKeys made{"ed25519"};
  BothTransports both(made);
  both.shake_hands();
  both.log_in();
  const auto before = both.server->bytes_received();
  const std::string piece(32 * 1024, 'd');
  for (int n = 0; n < 100; ++n) {
    (void)both.client->write(bytes_of("\x5e"), bytes_of(piece));
    (void)both.client->flush();
    both.turn();
  }
  EXPECT_EQ(both.server->bytes_received(), before);
  EXPECT_GT(both.client->backlog(), 2'000'000U);
}

TEST(BothConnections, two_threads_serve_with_the_same_private_keys) {
  const MadeKeys made{"ed25519", "rsa -b 2048"};
  const auto serve = [&made] {
    for (int n = 0; n < 3; ++n) {
      BothTransports both(made, {.host_key = n % 2 == 0 ? "ssh-ed25519" : "rsa-sha2-512"});
      both.shake_hands();
      ASSERT_TRUE(*both.client_done) << both.client_done->error().message();
      ASSERT_TRUE(*both.server_done) << both.server_done->error().message();
      both.log_in();
      EXPECT_EQ(both.client_heard.messages.size(), 1U);
    }
  };
  std::thread other(serve);
  serve();
  other.join();
}

}  // namespace
}  // namespace towline::ssh
