#include "admin/server.hpp"

#include "async/task.hpp"
#include "observe/board.hpp"
#include "observe/metrics.hpp"
#include "unit/observe/sample_facts.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace towline::admin {
namespace {

using asio::ip::tcp;
using observe::Steady;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

// A blocking HTTP client that sends exactly the bytes it is told to.
class Client {
 public:
  explicit Client(std::uint16_t port) { socket_.connect({asio::ip::address_v4::loopback(), port}); }

  void send(std::string_view text) { asio::write(socket_, asio::buffer(text)); }

  // Until the server closes; a reset ends it as well.
  std::string rest() {
    std::string text;
    error_code ec;
    asio::read(socket_, asio::dynamic_buffer(text), ec);
    reset_ = ec == asio::error::connection_reset;
    return text;
  }

  // One answer with a Content-Length, the connection stays.
  std::string answer() {
    std::string text;
    const std::size_t head = asio::read_until(socket_, asio::dynamic_buffer(text), "\r\n\r\n");
    const std::size_t at = text.find("Content-Length: ");
    const std::size_t length = std::stoul(text.substr(at + 16));
    const std::size_t missing = head + length - text.size();
    asio::read(socket_, asio::dynamic_buffer(text), asio::transfer_exactly(missing));
    return text;
  }

  bool was_reset() const { return reset_; }

 private:
  asio::io_context io_;
  tcp::socket socket_{io_};
  bool reset_ = false;
};

class ServerTest : public testing::Test {
 protected:
  void start(Limits limits = {}) {
    server_ = std::make_unique<Server>(Options{.listen = net::HostPort{"127.0.0.1", 0}}, board_, metrics_,
                                       observe::Log(observe::Options{}), limits);
    const Result<> started = server_->start();
    ASSERT_TRUE(started) << started.error().message();
    ASSERT_NE(server_->port(), 0);
  }

  std::string get(const std::string& target, const std::string& more = "") {
    Client client(server_->port());
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + more + "\r\n");
    return client.rest();
  }

  void come_up() {
    pulse_.received(Steady::now());
    observe::ForwardStatus status;
    status.state = observe::ForwardState::up;
    slot_.publish(status);
  }

  std::string metric(const std::string& name) {
    const std::string text = metrics_.expose(board_.snapshot(), observe::Exposition::text_0_0_4);
    const std::size_t at = text.find("\n" + name + " ");
    if (at == std::string::npos) return "none";
    const std::size_t value = at + name.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
  }

  std::vector<observe::ForwardTraits> traits_{observe::sample_traits("db")};
  observe::Board board_;
  observe::Metrics metrics_{observe::BuildInfo{}, traits_, observe::Log(observe::Options{})};
  observe::Pulse& pulse_ = board_.add_pulse("main");
  observe::ForwardSlot& slot_ = board_.add_forward(traits_[0], pulse_);
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, readiness_follows_the_board) {
  start();
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503 "));
  come_up();
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get("/startupz"), StartsWith("HTTP/1.1 200 "));
  board_.begin_draining();
  EXPECT_THAT(get("/readyz"), HasSubstr("reason=draining"));
  EXPECT_THAT(get("/startupz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, a_stuck_session_loop_is_told_while_it_is_stuck) {
  start();
  pulse_.beat(Steady::now());
  EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200 "));
  pulse_.beat(Steady::now() - 11s);
  const std::string answer = get("/livez");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("loop=main"));
}

TEST_F(ServerTest, headers_are_complete) {
  start();
  const std::string answer = get("/livez");
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nCache-Control: no-store\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 3\r\n"));
}

TEST_F(ServerTest, metrics_are_negotiated) {
  start();
  EXPECT_THAT(get("/metrics"), HasSubstr("# TYPE towline_forward_up gauge\n"));
  const std::string open = get("/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n");
  EXPECT_THAT(open,
              HasSubstr("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
  EXPECT_TRUE(open.ends_with("# EOF\n"));
}

TEST_F(ServerTest, head_has_the_length_and_no_body) {
  start();
  Client client(server_->port());
  client.send("HEAD /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string answer = client.rest();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, a_connection_serves_many_requests_and_pipelined_ones) {
  start();
  Client client(server_->port());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 "));
  }
  client.send(
      "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nope HTTP/1.1\r\nHost: localhost\r\nConnection: "
      "close\r\n\r\n");
  const std::string both = client.rest();
  EXPECT_THAT(both, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(both, HasSubstr("HTTP/1.1 404 "));
}

TEST_F(ServerTest, a_header_in_single_bytes_is_a_header) {
  start();
  Client client(server_->port());
  for (const char c : std::string("GET /livez HTTP/1.0\r\n\r\n")) client.send({&c, 1});
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.0 200 "));
}

TEST_F(ServerTest, an_oversized_header_is_refused) {
  start();
  Client client(server_->port());
  client.send("GET /livez HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 431 "));
  EXPECT_FALSE(client.was_reset());
  EXPECT_EQ(metric("towline_http_requests_total{code=\"431\",handler=\"other\"}"), "1");
}

TEST_F(ServerTest, what_is_not_http_is_refused) {
  start();
  Client client(server_->port());
  client.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, a_body_is_not_read) {
  start();
  Client client(server_->port());
  client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" +
              std::string(30'000, 'x'));
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 413 "));
  Client post(server_->port());
  post.send("POST /quitquitquit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nxx");
  EXPECT_THAT(post.rest(), StartsWith("HTTP/1.1 404 "));
  Client other(server_->port());
  other.send("POST /readyz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const std::string answer = other.rest();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(ServerTest, a_slow_header_is_cut_off) {
  start({.header_timeout = 50ms});
  Client silent(server_->port());
  EXPECT_EQ(silent.rest(), "");
  Client slow(server_->port());
  slow.send("GET /livez HTTP/1.1\r\n");
  EXPECT_EQ(slow.rest(), "");
  get("/livez");  // by now the server has dealt with the one before
  EXPECT_EQ(metric("towline_http_requests_total{code=\"408\",handler=\"other\"}"), "1");
}

TEST_F(ServerTest, an_idle_connection_is_closed) {
  start({.idle_timeout = 50ms});
  Client client(server_->port());
  client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, idle_connections_cannot_lock_out_a_probe) {
  start({.connections_max = 8});
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(std::make_unique<Client>(server_->port()));
  EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(idle.front()->rest(), "");
  idle.back()->send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(idle.back()->rest(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, many_clients_at_a_time_are_answered) {
  start();
  std::vector<std::jthread> clients;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < 20; ++n) answered += get("/metrics").starts_with("HTTP/1.1 200 ");
    });
  }
  clients.clear();
  EXPECT_EQ(answered, 320);
  EXPECT_EQ(metric("towline_http_requests_total{code=\"200\",handler=\"metrics\"}"), "320");
}

TEST_F(ServerTest, stop_ends_open_connections_and_a_new_server_may_have_the_port) {
  start();
  const std::uint16_t port = server_->port();
  Client idle(port);
  Client half(port);
  half.send("GET /li");
  EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200 "));
  server_->stop();
  EXPECT_EQ(idle.rest(), "");
  EXPECT_EQ(half.rest(), "");
  EXPECT_EQ(server_->port(), 0);
  server_->stop();

  Server again(Options{.listen = net::HostPort{"127.0.0.1", port}}, board_, metrics_,
               observe::Log(observe::Options{}));
  EXPECT_TRUE(again.start());
  EXPECT_EQ(again.port(), port);
}

TEST_F(ServerTest, a_taken_port_is_an_error_with_its_address) {
  start();
  const net::HostPort taken{"127.0.0.1", server_->port()};
  Server second(Options{.listen = taken}, board_, metrics_, observe::Log(observe::Options{}));
  const Result<> started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, asio::error::address_in_use);
  EXPECT_THAT(started.error().message(), HasSubstr(net::to_string(taken)));
}

TEST_F(ServerTest, every_family_is_listened_on_where_no_host_is_given) {
  Server server(Options{.listen = net::HostPort{"", 0}}, board_, metrics_, observe::Log(observe::Options{}));
  ASSERT_TRUE(server.start());
  Client client(server.port());
  client.send("GET /livez HTTP/1.1\r\nHost: pod.example:9022\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 200 ")) << "what others reach has many names";
}

TEST_F(ServerTest, on_loopback_it_is_asked_under_a_name_of_this_machine) {
  start();
  Client stranger(server_->port());
  stranger.send("GET /statusz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  const auto answer = stranger.rest();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(answer, HasSubstr("use localhost"));
  EXPECT_THAT(get("/statusz", "Origin: http://evil.example\r\n"), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(get("/statusz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, a_request_has_one_host) {
  start();
  for (const std::string hosts :
       {"Host: localhost\r\nHost: evil.example\r\n", "Host: evil.example\r\nHost: localhost\r\n",
        "Host: localhost\r\nhost: localhost\r\n", ""}) {
    Client client(server_->port());
    client.send("GET /livez HTTP/1.1\r\n" + hosts + "\r\n");
    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 400 ")) << hosts;
  }
  EXPECT_THAT(get("/livez", "Origin: http://localhost\r\nOrigin: http://localhost\r\n"),
              StartsWith("HTTP/1.1 400 "));
  Client old(server_->port());
  old.send("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old.rest(), StartsWith("HTTP/1.0 200 ")) << "which has none";
}

TEST_F(ServerTest, off_is_off) {
  Server server(Options{.listen = std::nullopt}, board_, metrics_, observe::Log(observe::Options{}));
  EXPECT_TRUE(server.start());
  EXPECT_EQ(server.port(), 0);
}

}  // namespace
}  // namespace towline::admin
