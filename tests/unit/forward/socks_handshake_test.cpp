#include "forward/socks_handshake.hpp"

#include "unit/net/drive.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace towline::forward::socks {
namespace {

using namespace std::string_view_literals;
using net::Running;

constexpr auto greeting = "\5\1\0"sv;
constexpr auto to_web = "\5\1\0\3\3web\0\x50"sv;

struct SocksHandshake : testing::Test {
  SocksHandshake() {
    asio::local::stream_protocol::socket one(io);
    asio::local::connect_pair(one, client);
    socket = std::move(one);
  }

  void client_says(std::string_view text) { asio::write(client, asio::buffer(text)); }
  std::string client_reads(std::size_t n) {
    std::string text(n, '\0');
    error_code ec;
    text.resize(asio::read(client, asio::buffer(text), ec));
    return text;
  }

  asio::io_context io;
  asio::local::stream_protocol::socket client{io};
  net::Stream socket{io};
};

TEST_F(SocksHandshake, answers_as_the_client_goes_and_leaves_early_data_in_the_socket) {
  Running<Result<Request>> reading(io, read_request(socket, net::soon()));
  reading.until_it_waits();
  client_says(greeting.substr(0, 1));
  reading.until_it_waits();
  client_says(greeting.substr(1));
  reading.until_it_waits();
  EXPECT_EQ(client_reads(2), "\5\0"sv);
  client_says(std::string(to_web) + "early");
  const auto request = reading.result();
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(*request, (Request{Version::v5, {"web", 80}}));
  std::string early(5, '\0');
  asio::read(socket, asio::buffer(early));
  EXPECT_EQ(early, "early");
}

TEST_F(SocksHandshake, takes_everything_in_one_piece) {
  client_says(std::string(greeting) + std::string(to_web) + "early");
  EXPECT_TRUE(net::run(io, read_request(socket, net::soon())));
  std::string early(5, '\0');
  asio::read(socket, asio::buffer(early));
  EXPECT_EQ(early, "early");
}

TEST_F(SocksHandshake, a_refusal_is_sent_and_said) {
  client_says("\5\1\2");
  EXPECT_EQ(net::run(io, read_request(socket, net::soon())).error().code, errc::no_acceptable_method);
  EXPECT_EQ(client_reads(2), "\5\xff");
}

TEST_F(SocksHandshake, a_client_that_is_silent_runs_out_of_time) {
  client_says(greeting);
  EXPECT_EQ(net::run(io, read_request(socket, net::in(std::chrono::milliseconds(30)))).error().code,
            errc::timed_out);
}

TEST_F(SocksHandshake, a_client_that_ends_has_not_asked) {
  client_says(greeting);
  client.shutdown(asio::socket_base::shutdown_send);
  EXPECT_EQ(net::run(io, read_request(socket, net::soon())).error().code, errc::incomplete);
}

TEST_F(SocksHandshake, cancelled_it_says_so) {
  Running<Result<Request>> reading(io, read_request(socket, net::soon()));
  reading.until_it_waits();
  reading.cancel();
  EXPECT_EQ(reading.result().error().code, asio::error::operation_aborted);
}

struct Nothing {};
Task<Nothing> close_then(net::Stream& socket, Deadline deadline) {
  co_await close_after_reply(socket, deadline);
  co_return Nothing{};
}

TEST_F(SocksHandshake, the_last_reply_is_read_although_the_client_has_sent_more) {
  client_says("unread");
  EXPECT_FALSE(send_reply(socket, "no"));
  Running<Nothing> closing(io, close_then(socket, net::soon()));
  closing.until_it_waits();
  EXPECT_EQ(client_reads(10), "no");
  EXPECT_FALSE(closing.ended());
  client.close();
  closing.result();
  EXPECT_FALSE(socket.is_open());
}

Task<Nothing> wait_then_close(net::Stream& socket) {
  co_await socket.async_wait(net::Stream::wait_read, as_result);
  co_await close_after_reply(socket, net::soon());
  co_return Nothing{};
}

TEST_F(SocksHandshake, a_session_that_is_over_does_not_wait_for_the_clients_end) {
  Running<Nothing> waiting(io, wait_then_close(socket));
  waiting.until_it_waits();
  waiting.cancel();
  waiting.until_it_waits();
  EXPECT_TRUE(waiting.ended());
  EXPECT_FALSE(socket.is_open());
  waiting.result();
}

TEST_F(SocksHandshake, a_client_that_stays_is_left_in_the_end) {
  Running<Nothing> closing(io, close_then(socket, net::in(std::chrono::milliseconds(30))));
  closing.result();
  EXPECT_FALSE(socket.is_open());
}

}  // namespace
}  // namespace towline::forward::socks
