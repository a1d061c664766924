#include "admin/http_server.hpp"

#include "admin/server.hpp"
#include "observe/board.hpp"
#include "observe/metrics.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace towline::admin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

template <class Socket>
std::string exchange(Socket& socket, const std::string& request) {
  asio::write(socket, asio::buffer(request));
  std::string text;
  error_code ec;
  asio::read(socket, asio::dynamic_buffer(text), ec);
  return text;
}

// The control listener as the admin server runs it: the same HTTP server with a body and other answers.
class ControlListenerTest : public testing::Test {
 protected:
  ControlListenerTest() : path_("/tmp/towline-control-" + std::to_string(::getpid()) + ".sock") {}
  ~ControlListenerTest() override { std::filesystem::remove(path_); }

  Result<> start(ControlOptions where) {
    ControlOrders orders;
    orders.quit = [this] { ++quits_; };
    orders.set_level = [this](observe::Level level) { level_ = level; };
    server_.take_orders(std::move(where), std::move(orders));
    return server_.start();
  }

  std::string ask_tcp(const std::string& request) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), server_.control_port()});
    return exchange(socket, request);
  }

  std::string ask_unix(const std::string& request) {
    asio::io_context io;
    asio::local::stream_protocol::socket socket(io);
    socket.connect({path_});
    return exchange(socket, request);
  }

  std::string path_;
  observe::Board board_;
  observe::Metrics metrics_{observe::BuildInfo{}, {}, observe::Log(observe::Options{})};
  std::atomic<int> quits_{0};
  std::atomic<observe::Level> level_{observe::Level::info};
  Server server_{Options{.listen = std::nullopt}, board_, metrics_, observe::Log(observe::Options{})};
};

TEST_F(ControlListenerTest, takes_orders_on_loopback) {
  ASSERT_TRUE(start({.listen = net::HostPort{"127.0.0.1", 0}, .path = {}}));
  EXPECT_THAT(ask_tcp("POST /quitquitquit HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 202 "));
  EXPECT_EQ(quits_, 1);
  EXPECT_THAT(ask_tcp("POST /quitquitquit HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 403 "));
  EXPECT_EQ(quits_, 1);
}

TEST_F(ControlListenerTest, takes_orders_on_a_socket_of_its_user_alone_and_removes_it) {
  ASSERT_TRUE(start({.listen = std::nullopt, .path = path_}));
  struct stat found{};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  EXPECT_THAT(
      ask_unix(
          "PUT /-/loglevel HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nConnection: close\r\n\r\ndebug\n"),
      StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(level_, observe::Level::debug);
  server_.stop();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ControlListenerTest, takes_the_place_of_one_that_was_killed_but_not_of_one_that_lives) {
  {
    asio::io_context io;
    asio::local::stream_protocol::acceptor killed(io, {path_});
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  ASSERT_TRUE(start({.listen = std::nullopt, .path = path_}));
  Server second({.listen = std::nullopt}, board_, metrics_, observe::Log(observe::Options{}));
  second.take_orders({.listen = std::nullopt, .path = path_}, {});
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, asio::error::address_in_use);
}

TEST_F(ControlListenerTest, an_address_that_others_reach_is_refused) {
  const auto started = start({.listen = net::HostPort{"0.0.0.0", 0}, .path = {}});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, asio::error::access_denied);
  EXPECT_THAT(started.error().detail, HasSubstr("not a loopback address"));
}

TEST_F(ControlListenerTest, a_body_that_is_too_large_is_refused_unread) {
  ASSERT_TRUE(start({.listen = net::HostPort{"127.0.0.1", 0}, .path = {}}));
  const auto answer = ask_tcp("PUT /-/loglevel HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65536\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  const std::string chunk(200, 'x');
  const auto chunked =
      ask_tcp("PUT /-/loglevel HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nc8\r\n" +
              chunk + "\r\n0\r\n\r\n");
  EXPECT_THAT(chunked, StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(level_, observe::Level::info);
}

}  // namespace
}  // namespace towline::admin
