// A visitor's connection within TLS.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "expose/tls/certificate.hpp"
#include "expose/tls/line.hpp"

#include <openssl/types.h>

#include <memory>

namespace towline::expose::tls {

// OpenSSL reads and writes the line below through a BIO of ours, without a buffer between: no memory BIO,
// whose records would wait twice, and no ssl::stream of Asio, which owns 34 KiB for as long as it lives and
// is bound to its socket's executor. What is idle holds an SSL object, whose buffers OpenSSL gives back
// (SSL_MODE_RELEASE_BUFFERS).
class TlsLine final : public Line {
 public:
  // `below` may have the ClientHello read already.
  TlsLine(std::unique_ptr<Line> below, std::shared_ptr<const Certificate> certificate);
  ~TlsLine() override;

  // Before anything else. Errors: timed_out, the line's, or a protocol error with OpenSSL's words.
  Task<Result<>> handshake(Deadline deadline);

  net::IoResult read_some(std::span<std::uint8_t> into) override;
  net::IoResult write_some(std::span<const std::uint8_t> from) override;
  Task<error_code> wait_readable() override;
  Task<error_code> wait_writable() override { return below_->wait_writable(); }
  void close() override;
  void abort() override { below_->abort(); }
  void end_sending() override;

 private:
  Task<Result<>> shake_hands();
  void say_goodbye();

  std::unique_ptr<Line> below_;
  std::shared_ptr<const Certificate> certificate_;  // its SSL_CTX is in use
  SSL* ssl_;
  bool reader_wants_to_write_ = false;  // an answer to the peer's new keys (RFC 8446, 4.6.3)
  bool may_say_goodbye_ = false;
  bool over_ = false;
};

}  // namespace towline::expose::tls
