#include "expose/tls/tls_line.hpp"

#include "unit/expose/tls/test_certificate.hpp"
#include "unit/expose/tls/tls_guest.hpp"

#include <boost/asio/read.hpp>
#include <gmock/gmock.h>

#include <algorithm>

namespace towline::expose::tls {

namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;

class TlsLines : public testing::Test, protected LineTest {
 protected:
  ~TlsLines() override {
    guest_.stream.next_layer().close();
    stop();
    turn_until([&] { return tasks.size() == 0; });
  }

  Task<Result<>> serve() {
    const auto pem = make_certificate("DNS:web.test");
    auto certificate = *Certificate::make("f", pem.chain, pem.key, "");
    auto below = co_await accept();
    line_ = std::make_unique<TlsLine>(std::move(below), std::move(certificate));
    co_return co_await line_->handshake(steady_clock::now() + timeout_);
  }
  void shake() {
    begin(serve(), served_);
    begin(guest_.visit(port, "web.test"), guest_.visited);
    turn_until([&] { return served_.has_value() && guest_.shaken.has_value(); });
  }

  // Reads all that comes until the end, and says it back.
  Task<bool> echo() {
    std::array<std::uint8_t, 20'000> piece{};
    for (;;) {
      if (co_await line_->wait_readable()) co_return false;
      const auto [n, error] = line_->read_some(piece);
      if (error == asio::error::would_block) continue;
      if (error) co_return error == asio::error::eof;
      for (std::size_t at = 0; at < n;) {
        const auto [m, blocked] = line_->write_some(std::span(piece).subspan(at, n - at));
        at += m;
        if (blocked && blocked != asio::error::would_block) co_return false;
        if (blocked && co_await line_->wait_writable()) co_return false;
      }
    }
  }

  std::chrono::milliseconds timeout_{10'000};
  TlsGuest guest_{io};
  std::unique_ptr<TlsLine> line_;
  std::optional<Result<>> served_;
  std::optional<bool> echoed_, said_;
};

TEST_F(TlsLines, what_is_said_comes_back_whole_and_both_ends_are_told) {
  shake();
  ASSERT_TRUE(*served_) << served_->error().message();
  EXPECT_EQ(guest_.certificate_name(), "web.test");
  begin(echo(), echoed_);
  std::string text;
  for (int i = 0; i < 3'000'000; ++i) text += static_cast<char>('a' + (i * 7 + i / 1000) % 26);
  begin(guest_.say(text), said_);
  turn_until([&] { return guest_.heard.size() == text.size(); });
  EXPECT_EQ(guest_.heard, text);
  line_->end_sending();
  turn_until([&] { return guest_.end.has_value(); });
  EXPECT_EQ(*guest_.end, asio::error::eof);
  SSL_shutdown(guest_.stream.native_handle());
  guest_.stream.next_layer().close();
  turn_until([&] { return echoed_.has_value(); });
  EXPECT_TRUE(*echoed_);
}

TEST_F(TlsLines, versions_before_1_2_are_refused) {
  SSL_set_max_proto_version(guest_.stream.native_handle(), TLS1_1_VERSION);
  SSL_set_security_level(guest_.stream.native_handle(), 0);
  shake();
  ASSERT_FALSE(*served_);
  EXPECT_THAT(served_->error().message(), HasSubstr("unsupported protocol"));
}

TEST_F(TlsLines, version_1_2_has_no_cipher_without_forward_secrecy) {
  SSL_set_max_proto_version(guest_.stream.native_handle(), TLS1_2_VERSION);
  shake();
  ASSERT_TRUE(*served_);
  EXPECT_THAT(std::string(SSL_get_cipher(guest_.stream.native_handle())), HasSubstr("ECDHE"));
}

TEST_F(TlsLines, http_1_1_is_chosen_and_other_protocols_alone_are_refused) {
  SSL_set_alpn_protos(guest_.stream.native_handle(),
                      reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"), 12);
  shake();
  ASSERT_TRUE(*served_);
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(guest_.stream.native_handle(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
}

TEST_F(TlsLines, a_protocol_that_we_do_not_speak_is_refused) {
  SSL_set_alpn_protos(guest_.stream.native_handle(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
  shake();
  EXPECT_FALSE(*served_);
}

TEST_F(TlsLines, a_handshake_has_a_deadline) {
  timeout_ = std::chrono::milliseconds(20);
  asio::ip::tcp::socket silent(io);
  begin(serve(), served_);
  silent.connect({asio::ip::address_v4::loopback(), port});
  turn_until([&] { return served_.has_value(); });
  ASSERT_FALSE(*served_);
  EXPECT_EQ(served_->error().code, asio::error::timed_out);
}

TEST_F(TlsLines, renegotiation_is_refused) {
  SSL_set_max_proto_version(guest_.stream.native_handle(), TLS1_2_VERSION);
  shake();
  begin(echo(), echoed_);
  SSL_renegotiate(guest_.stream.native_handle());
  begin(guest_.say("x"), said_);
  turn_until([&] { return said_.has_value(); });
  turn_until([&] { return guest_.end.has_value() || guest_.heard == "x"; });
  EXPECT_TRUE(guest_.end.has_value());
}

}  // namespace

}  // namespace towline::expose::tls
