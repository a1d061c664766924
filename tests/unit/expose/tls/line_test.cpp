#include "expose/tls/line.hpp"

#include "unit/expose/tls/tls_guest.hpp"

#include <gtest/gtest.h>

namespace towline::expose::tls {

namespace {

std::string read(Line& line) {
  std::array<std::uint8_t, 4> piece{};
  const auto [n, error] = line.read_some(piece);
  if (error) return error == asio::error::eof ? "eof" : "error";
  return {piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n)};
}

class PlainLines : public testing::Test, protected LineTest {
 protected:
  PlainLines() : socket_(io) {
    std::optional<std::unique_ptr<PlainLine>> accepted;
    begin(accept(), accepted);
    socket_.connect({asio::ip::address_v4::loopback(), port});
    turn_until([&] { return accepted.has_value(); });
    line_ = std::move(*accepted);
  }
  ~PlainLines() override { stop(); }

  void until_readable() {
    std::optional<error_code> readable;
    begin(line_->wait_readable(), readable);
    turn_until([&] { return readable.has_value(); });
  }

  asio::ip::tcp::socket socket_;
  std::unique_ptr<PlainLine> line_;
};

TEST_F(PlainLines, what_was_put_back_is_read_first) {
  line_->put_back("second");
  line_->put_back("1st ");
  until_readable();
  EXPECT_EQ(read(*line_), "1st ");
  EXPECT_EQ(read(*line_), "seco");
  EXPECT_EQ(read(*line_), "nd");
  EXPECT_EQ(read(*line_), "error");  // would block
}

TEST_F(PlainLines, the_end_is_told_as_often_as_it_is_asked_for) {
  socket_.shutdown(asio::socket_base::shutdown_send);
  for (int i = 0; i < 3; ++i) {
    until_readable();
    EXPECT_EQ(read(*line_), "eof");
  }
}

TEST_F(PlainLines, one_that_has_ended_what_it_says_still_hears) {
  line_->end_sending();
  std::array<char, 1> none{};
  error_code ec;
  socket_.read_some(asio::buffer(none), ec);
  EXPECT_EQ(ec, asio::error::eof);
  socket_.write_some(asio::buffer("x", 1));
  until_readable();
  EXPECT_EQ(read(*line_), "x");
}

}  // namespace

}  // namespace towline::expose::tls
