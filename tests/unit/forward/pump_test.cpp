#include "forward/pump.hpp"

#include "observe/metrics.hpp"
#include "unit/ssh/client/session_talk.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace towline::forward {
namespace {

using asio::ip::tcp;
using ssh::connection::close;
using ssh::connection::data;
using ssh::connection::eof;
using ssh::connection::window_adjust;
using testing::ElementsAre;
using testing::IsEmpty;

// A pump between a channel of the server's number 7 and one end of a TCP connection; the test holds the other
// two ends.
class PumpTest : public testing::Test {
 protected:
  ~PumpTest() override { talk_.stop(); }

  void pump_with_window(std::uint32_t window = ssh::connection::plenty) {
    channel_.emplace(talk_.open_channel(window));
    tcp::acceptor acceptor(talk_.io, {asio::ip::address_v4::loopback(), 0});
    tcp::socket far(talk_.io);
    far.connect(acceptor.local_endpoint());
    far_ = std::move(far);
    near_ = acceptor.accept();
    start();
  }

  void pump_to_unix_socket() {
    channel_.emplace(talk_.open_channel());
    asio::local::stream_protocol::socket near(talk_.io);
    asio::local::stream_protocol::socket far(talk_.io);
    asio::local::connect_pair(near, far);
    near_ = std::move(near);
    far_ = std::move(far);
    start();
  }

  void start() {
    near_.non_blocking(true);
    talk_.start(pump(*channel_, near_, scratch_, metrics_.forward("db"), idle_timeout_), result_);
  }

  void far_writes(const std::string& text) { asio::write(far_, asio::buffer(text)); }

  // As many bytes as the local side has been sent, or what there was before its end.
  std::string far_reads(std::size_t n) {
    std::string text(n, '\0');
    error_code ec;
    text.resize(asio::read(far_, asio::buffer(text), ec));
    return ec == asio::error::eof ? text + "|" : ec ? ec.message() : text;
  }

  // What the server hears of the channel, its data in one piece; waits for as much.
  std::string server_hears(std::size_t n) {
    talk_.turn_until([&] {
      for (const auto& message : talk_.server.heard()) {
        const bool is_data = message[0] == 94;
        heard_ += is_data ? std::string(message.begin() + 9, message.end())
                          : "|" + ssh::connection::in_words(ssh::Bytes(message));
      }
      return heard_.size() >= n;
    });
    return std::exchange(heard_, {});
  }

  PumpEnd ends() {
    talk_.turn_until([&] { return result_.has_value(); });
    return result_->end;
  }

  const observe::ForwardTraits traits_{
      .name = "db", .mode = "local", .listen = {}, .target = {}, .server = {}, .rx_deadline = {}};
  observe::Metrics metrics_{
      observe::BuildInfo{}, {traits_}, observe::Log(observe::Options{}, [](std::string_view) {})};
  Scratch scratch_{};
  ssh::SessionTalk talk_;
  std::optional<ssh::Channel> channel_;
  std::optional<PumpResult> result_;
  std::string heard_;
  net::Stream near_{talk_.io};
  net::Stream far_{talk_.io};
  std::chrono::milliseconds idle_timeout_{0};
};

TEST_F(PumpTest, carries_bytes_both_ways_and_counts_them) {
  pump_with_window();
  far_writes("hello");
  EXPECT_EQ(server_hears(5), "hello");
  talk_.server_says(data(0, "world!"));
  EXPECT_EQ(far_reads(6), "world!");
  talk_.server_says(eof(0));
  far_.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(ends(), PumpEnd::finished);
  EXPECT_EQ(result_->sent, 5U);
  EXPECT_EQ(result_->received, 6U);
  EXPECT_EQ(metrics_.forward("db").totals().sent_bytes, 5U);
  EXPECT_EQ(metrics_.forward("db").totals().received_bytes, 6U);
}

TEST_F(PumpTest, eof_of_the_local_side_leaves_the_other_direction_running) {
  pump_with_window();
  far_writes("question");
  far_.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(server_hears(14), "question|eof 7");
  EXPECT_FALSE(result_);
  talk_.server_says(data(0, "answer"));
  EXPECT_EQ(far_reads(6), "answer");
  talk_.server_says(eof(0));
  EXPECT_EQ(far_reads(1), "|");
  EXPECT_EQ(ends(), PumpEnd::finished);
  EXPECT_EQ(server_hears(8), "|close 7");
}

TEST_F(PumpTest, eof_of_the_server_leaves_the_other_direction_running) {
  pump_with_window();
  talk_.server_says(data(0, "question"));
  talk_.server_says(eof(0));
  EXPECT_EQ(far_reads(9), "question|");
  EXPECT_FALSE(result_);
  far_writes("answer");
  EXPECT_EQ(server_hears(6), "answer");
  far_.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(ends(), PumpEnd::finished);
  EXPECT_EQ(server_hears(14), "|eof 7|close 7");
}

TEST_F(PumpTest, what_came_before_the_servers_close_is_delivered) {
  pump_with_window();
  talk_.server.says(data(0, "last words").bytes());
  talk_.server_says(close(0));
  EXPECT_EQ(ends(), PumpEnd::channel_closed);
  EXPECT_EQ(far_reads(11), "last words|");
}

TEST_F(PumpTest, a_lost_session_resets_the_local_side) {
  pump_with_window();
  talk_.server_says(data(0, "half an ans"));
  EXPECT_EQ(far_reads(11), "half an ans");
  talk_.server.hangs_up();
  EXPECT_EQ(ends(), PumpEnd::session_lost);
  EXPECT_EQ(far_reads(1), error_code(asio::error::connection_reset).message());
}

TEST_F(PumpTest, a_local_side_that_resets_closes_the_channel) {
  pump_with_window();
  far_writes("x");
  server_hears(1);
  far_.set_option(asio::socket_base::linger(true, 0));
  far_.close();
  EXPECT_EQ(ends(), PumpEnd::socket_failed);
  EXPECT_EQ(server_hears(8), "|close 7");
  EXPECT_FALSE(talk_.ended) << "the session is not to blame";
}

TEST_F(PumpTest, no_more_is_sent_than_the_window_allows_and_nothing_is_lost) {
  pump_with_window(10);
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>('a' + i % 26);
  far_writes(text);
  far_.shutdown(tcp::socket::shutdown_send);
  std::string heard = server_hears(10);
  EXPECT_EQ(heard, text.substr(0, 10));
  talk_.turn();
  EXPECT_THAT(talk_.server.heard(), IsEmpty());
  while (heard.size() < text.size()) {
    talk_.server_says(window_adjust(0, 7));
    heard += server_hears(std::min<std::size_t>(7, text.size() - heard.size()));
  }
  EXPECT_EQ(heard.substr(0, text.size()), text);
}

TEST_F(PumpTest, a_local_side_that_does_not_read_holds_the_window_back_and_loses_nothing) {
  pump_with_window();
  const std::string packet(32768, 'x');
  std::size_t sent = 0;
  // Until the window of 2 MiB is used up: sockets take some, the rest waits in the channel.
  near_.set_option(asio::socket_base::send_buffer_size(16 * 1024));
  far_.set_option(asio::socket_base::receive_buffer_size(16 * 1024));
  for (; sent < 2 * 1024 * 1024; sent += packet.size()) talk_.server_says(data(0, packet));
  EXPECT_FALSE(result_);
  EXPECT_FALSE(talk_.ended);
  talk_.server_says(eof(0));
  far_.non_blocking(true);
  std::size_t got = 0;
  std::string some(65536, '\0');
  for (error_code ec; ec != asio::error::eof;) {
    talk_.turn();
    got += far_.read_some(asio::buffer(some), ec);
  }
  EXPECT_EQ(got, sent);
}

TEST_F(PumpTest, a_unix_socket_is_carried_with_its_half_close) {
  pump_to_unix_socket();
  far_writes("question");
  far_.shutdown(net::Stream::shutdown_send);
  EXPECT_EQ(server_hears(14), "question|eof 7");
  talk_.server_says(data(0, std::string(20000, 'a')));  // as of a bulk transfer
  EXPECT_EQ(far_reads(20000), std::string(20000, 'a'));
  talk_.server_says(eof(0));
  EXPECT_EQ(far_reads(1), "|");
  EXPECT_EQ(ends(), PumpEnd::finished);
}

TEST_F(PumpTest, silence_in_both_directions_ends_it_when_that_is_asked_for) {
  idle_timeout_ = std::chrono::milliseconds(50);
  const auto began = observe::Steady::now();  // before the pump, whose time runs from its start
  pump_with_window();
  EXPECT_EQ(ends(), PumpEnd::idle);
  EXPECT_GE(observe::Steady::now() - began, idle_timeout_);
  EXPECT_EQ(far_reads(1), error_code(asio::error::connection_reset).message());
  EXPECT_EQ(server_hears(8), "|close 7");
}

TEST_F(PumpTest, a_byte_in_either_direction_is_no_silence) {
  idle_timeout_ = std::chrono::milliseconds(700);
  pump_with_window();
  const auto began = observe::Steady::now();
  // Longer than the timeout, with a byte every now and then.
  for (int i = 0; observe::Steady::now() - began < idle_timeout_ * 3 / 2; ++i) {
    asio::steady_timer pause(talk_.io, idle_timeout_ / 20);
    bool over = false;
    pause.async_wait([&over](error_code) { over = true; });
    talk_.turn_until([&over] { return over; });
    if (i % 2 == 0) {
      far_writes("x");
    } else {
      talk_.server_says(data(0, "y"));
    }
    ASSERT_FALSE(result_);
  }
}

TEST_F(PumpTest, cancelled_it_resets_both_sides) {
  pump_with_window();
  asio::post(talk_.io, [this] { talk_.tasks.cancel(); });
  EXPECT_EQ(ends(), PumpEnd::cancelled);
  EXPECT_EQ(far_reads(1), error_code(asio::error::connection_reset).message());
}

}  // namespace
}  // namespace towline::forward
