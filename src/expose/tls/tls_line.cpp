#include "expose/tls/tls_line.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <string>
#include <utility>

namespace towline::expose::tls {

namespace {

// Of one record (RFC 8446, 5.1).
constexpr std::size_t record_size = 16 * 1024;

Line& line_of(BIO* bio) { return *static_cast<Line*>(BIO_get_data(bio)); }

int read_line(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const auto [n, error] =
      line_of(bio).read_some({reinterpret_cast<std::uint8_t*>(into), static_cast<std::size_t>(size)});
  if (n > 0) return static_cast<int>(n);
  if (error == asio::error::would_block) BIO_set_retry_read(bio);
  if (error == asio::error::eof) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return error == asio::error::eof ? 0 : -1;
}

int write_line(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const auto [n, error] =
      line_of(bio).write_some({reinterpret_cast<const std::uint8_t*>(from), static_cast<std::size_t>(size)});
  if (n > 0) return static_cast<int>(n);
  if (error == asio::error::would_block) BIO_set_retry_write(bio);
  return -1;
}

long control_line(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int begin_line(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO* bio_over(Line& line) {
  static BIO_METHOD* const method = [] {
    auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "towline's line");
    BIO_meth_set_read(made, read_line);
    BIO_meth_set_write(made, write_line);
    BIO_meth_set_ctrl(made, control_line);
    BIO_meth_set_create(made, begin_line);
    return made;
  }();
  auto* const bio = BIO_new(method);
  BIO_set_data(bio, &line);
  return bio;
}

Failure no_tls() {
  const auto code = ERR_peek_error();
  const char* const said = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = said ? said : "the visitor has left";
  ERR_clear_error();
  return {make_error_code(boost::system::errc::protocol_error), std::move(text)};
}

}  // namespace

TlsLine::TlsLine(std::unique_ptr<Line> below, std::shared_ptr<const Certificate> certificate)
    : below_(std::move(below)), certificate_(std::move(certificate)), ssl_(SSL_new(certificate_->ssl())) {
  auto* const bio = bio_over(*below_);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsLine::~TlsLine() { SSL_free(ssl_); }

Task<Result<>> TlsLine::handshake(Deadline deadline) {
  auto shaken = co_await before(deadline, shake_hands());
  if (!shaken) co_return Failure(asio::error::timed_out);
  may_say_goodbye_ = shaken->has_value();
  co_return std::move(*shaken);
}

Task<Result<>> TlsLine::shake_hands() {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    ERR_clear_error();
    const auto done = SSL_do_handshake(ssl_);
    if (done == 1) co_return Result<>{};
    const auto wants = SSL_get_error(ssl_, done);
    error_code ec;
    if (wants == SSL_ERROR_WANT_READ) {
      ec = co_await below_->wait_readable();
    } else if (wants == SSL_ERROR_WANT_WRITE) {
      ec = co_await below_->wait_writable();
    } else {
      co_return no_tls();
    }
    if (ec) co_return Failure(ec);
  }
}

net::IoResult TlsLine::read_some(std::span<std::uint8_t> into) {
  if (into.empty()) return {};
  ERR_clear_error();
  std::size_t n = 0;
  const auto done = SSL_read_ex(ssl_, into.data(), into.size(), &n);
  reader_wants_to_write_ = false;
  if (done == 1) return {n, {}};
  const auto wants = SSL_get_error(ssl_, done);
  reader_wants_to_write_ = wants == SSL_ERROR_WANT_WRITE;
  if (wants == SSL_ERROR_WANT_READ || reader_wants_to_write_) return {0, asio::error::would_block};
  over_ = true;
  if (wants == SSL_ERROR_ZERO_RETURN) return {0, asio::error::eof};
  may_say_goodbye_ = false;  // SSL_shutdown must not follow a fatal error
  ERR_clear_error();
  return {0, asio::error::connection_reset};
}

// After would_block the same octets come again, or more that begin with them.
net::IoResult TlsLine::write_some(std::span<const std::uint8_t> from) {
  std::size_t written = 0;
  while (written < from.size()) {
    ERR_clear_error();
    std::size_t n = 0;
    const auto piece = from.subspan(written, std::min(record_size, from.size() - written));
    const auto done = SSL_write_ex(ssl_, piece.data(), piece.size(), &n);
    written += n;
    if (done == 1) continue;
    if (written > 0) break;
    if (SSL_get_error(ssl_, done) == SSL_ERROR_WANT_WRITE) return {0, asio::error::would_block};
    may_say_goodbye_ = false;
    ERR_clear_error();
    return {0, asio::error::connection_reset};
  }
  return {written, {}};
}

Task<error_code> TlsLine::wait_readable() {
  if (over_ || SSL_pending(ssl_) > 0) co_return error_code{};
  if (reader_wants_to_write_) co_return co_await below_->wait_writable();
  co_return co_await below_->wait_readable();
}

void TlsLine::say_goodbye() {
  if (std::exchange(may_say_goodbye_, false)) SSL_shutdown(ssl_);
  ERR_clear_error();
}

void TlsLine::close() {
  say_goodbye();
  below_->close();
}

void TlsLine::end_sending() {
  say_goodbye();
  below_->end_sending();
}

}  // namespace towline::expose::tls
