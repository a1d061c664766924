// A certificate with its key, ready for handshakes, and what is told of it.
#pragma once

#include "async/result.hpp"

#include <openssl/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace towline::expose::tls {

struct CertificateFacts {
  std::string file;                // where the chain came from
  std::vector<std::string> names;  // DNS names, lower case; "*.example.com" is a wildcard
  std::chrono::system_clock::time_point valid_from;
  std::chrono::system_clock::time_point valid_until;
};

// Never changed once it is made: handshakes and connections that began with it keep it. Thread-safe.
class Certificate {
 public:
  // Both in PEM; `digest` tells whether the files have changed. Errors: the system's code for "bad file",
  // with what OpenSSL says and `file` in the detail.
  static Result<std::shared_ptr<const Certificate>> make(std::string file, std::string_view chain,
                                                         std::string_view key, std::string digest);
  Certificate(const Certificate&) = delete;
  ~Certificate();

  const CertificateFacts& facts() const { return facts_; }
  const std::string& digest() const { return digest_; }
  // RFC 6125, 6.4.3: a wildcard is one whole label, the leftmost.
  bool covers(std::string_view name) const;
  SSL_CTX* ssl() const { return ssl_; }

 private:
  explicit Certificate(SSL_CTX* ssl) : ssl_(ssl) {}

  SSL_CTX* ssl_;
  CertificateFacts facts_;
  std::string digest_;
};

}  // namespace towline::expose::tls
