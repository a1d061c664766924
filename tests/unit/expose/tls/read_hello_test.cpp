#include "expose/tls/read_hello.hpp"

#include "unit/expose/tls/tls_guest.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

namespace towline::expose::tls {

namespace {

class ReadHello : public testing::Test, protected LineTest {
 protected:
  ~ReadHello() override { stop(); }

  Task<Result<ClientHello>> look() {
    line_ = co_await accept();
    co_return co_await read_client_hello(*line_, scratch_);
  }
  void until_seen() {
    turn_until([&] { return seen_.has_value(); });
  }

  std::array<std::uint8_t, 64> scratch_{};
  std::unique_ptr<PlainLine> line_;
  std::optional<Result<ClientHello>> seen_;
};

TEST_F(ReadHello, is_looked_at_and_left_for_the_next_reader) {
  TlsGuest guest(io);
  begin(look(), seen_);
  begin(guest.visit(port, "web.test"), guest.visited);
  until_seen();
  ASSERT_TRUE(*seen_);
  EXPECT_EQ((*seen_)->server_name, "web.test");
  std::array<std::uint8_t, 3> first{};
  EXPECT_EQ(line_->read_some(first).bytes, 3U);
  EXPECT_EQ(first[0], 22);
  line_->abort();
  turn_until([&] { return guest.visited.has_value(); });
}

TEST_F(ReadHello, whoever_does_not_speak_tls_or_leaves_is_told_apart) {
  asio::ip::tcp::socket other(io);
  begin(look(), seen_);
  other.connect({asio::ip::address_v4::loopback(), port});
  other.write_some(asio::buffer("GET / HTTP/1.1\r\n", 16));
  until_seen();
  EXPECT_EQ(seen_->error().code, boost::system::errc::protocol_error);
  seen_.reset();
  asio::ip::tcp::socket leaver(io);
  begin(look(), seen_);
  leaver.connect({asio::ip::address_v4::loopback(), port});
  leaver.close();
  until_seen();
  EXPECT_EQ(seen_->error().code, asio::error::eof);
}

}  // namespace

}  // namespace towline::expose::tls
