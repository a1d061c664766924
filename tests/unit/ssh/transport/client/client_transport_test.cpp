#include "ssh/transport/client/client_transport.hpp"

#include "async/task_group.hpp"
#include "doubles/plain_server.hpp"
#include "ssh/wire/error.hpp"
#include "unit/ssh/transport/client/kexinit.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace towline::ssh {
namespace {

Task<> shake_hands(ClientTransport& transport, std::optional<Result<>>& result) {
  const auto ours = algorithms_for({}, algorithm_names(host_key_names));
  result.emplace(co_await transport.handshake(ours));
}

// Until the first key exchange is over messages that are not the transport's have no receiver.
TEST(Transport, a_server_that_sends_what_nobody_waits_for_is_left) {
  asio::io_context io;
  doubles::PlainServer server(io.get_executor());
  const auto transport = server.new_transport();
  std::optional<Result<>> result;
  TaskGroup tasks(io.get_executor());
  tasks.spawn(shake_hands(*transport, result));
  server.says_raw("SSH-2.0-test\r\n");
  server.says(kexinit_message(usual_kexinit()));
  const std::vector<std::uint8_t> message(1024, 60);
  std::size_t taken = 0;
  for (; taken < 1000 && !result; ++taken) {
    server.says(message);
    io.restart();
    io.poll();
  }
  server.hangs_up();
  io.restart();
  io.poll();
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error().code, errc::key_exchange_failed);
  EXPECT_LE(taken, 20U);
}

TEST(SendQueue, gives_out_what_came_in_and_in_that_order) {
  SendQueue queue;
  std::uint8_t in = 0;
  std::uint8_t out = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::uint8_t> packet(7);
    for (auto& byte : packet) byte = in++;
    queue.append(packet);
    const auto n = round % 3 == 0 ? queue.size() : std::size_t{5};
    for (const auto byte : queue.waiting().first(n)) ASSERT_EQ(byte, out++);
    queue.sent(n);
  }
}

TEST(SendQueue, that_never_runs_empty_keeps_no_more_than_twice_what_waits) {
  SendQueue queue;
  const std::vector<std::uint8_t> packet(100, 'x');
  queue.append(packet);
  for (int round = 0; round < 10'000; ++round) {
    queue.append(packet);
    queue.sent(packet.size());
    ASSERT_EQ(queue.size(), packet.size());
    ASSERT_LE(queue.held(), 2 * packet.size()) << round;
  }
}

TEST(SendQueue, is_empty_when_all_has_gone) {
  SendQueue queue;
  queue.append(std::vector<std::uint8_t>{1, 2, 3});
  queue.sent(3);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.held(), 0U);
}

}  // namespace
}  // namespace towline::ssh
