#include "ssh/transport/client/client_transport.hpp"

#include "async/task_group.hpp"
#include "doubles/plain_server.hpp"
#include "ssh/wire/error.hpp"
#include "unit/ssh/transport/kexinit.hpp"

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

}  // namespace
}  // namespace towline::ssh
