// Somebody who speaks TLS to a port of this machine.
#pragma once

#include "async/task.hpp"
#include "expose/tls/line.hpp"
#include "unit/async/turns.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace towline::expose::tls {

struct TlsGuest {
  explicit TlsGuest(asio::io_context& io) : stream(io, trust) {
    trust.set_verify_mode(asio::ssl::verify_none);
  }

  // Then hears all that is said.
  Task<bool> visit(std::uint16_t port, std::string name) {
    stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
    SSL_set_tlsext_host_name(stream.native_handle(), name.c_str());
    const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_result);
    shaken = failed;
    if (failed) co_return false;
    std::array<char, 16384> piece;
    for (;;) {
      const auto [ec, n] = co_await stream.async_read_some(asio::buffer(piece), as_result);
      heard.append(piece.data(), n);
      if (ec) end = ec;
      if (ec) co_return true;
    }
  }
  Task<bool> say(std::string text) {
    co_await asio::async_write(stream, asio::buffer(text), as_result);
    co_return true;
  }
  // Whose certificate it was given.
  std::string certificate_name() {
    auto* const x509 = SSL_get1_peer_certificate(stream.native_handle());
    std::string name;
    for (const auto* known : {"own.test", "web.test", "new.test"}) {
      if (X509_check_host(x509, known, 0, 0, nullptr) == 1) name = known;
    }
    X509_free(x509);
    return name;
  }

  asio::ssl::context trust{asio::ssl::context::tls_client};
  asio::ssl::stream<asio::ip::tcp::socket> stream;
  std::optional<error_code> shaken{};
  std::optional<error_code> end{};
  std::optional<bool> visited{};
  std::string heard{};
};

// The line to whoever connects.
class LineTest : public Turns {
 public:
  LineTest() : acceptor(io, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    port = acceptor.local_endpoint().port();
  }

  Task<std::unique_ptr<PlainLine>> accept() {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    co_return std::make_unique<PlainLine>(net::Stream(std::move(socket)));
  }

  asio::ip::tcp::acceptor acceptor;
  std::uint16_t port = 0;
};

}  // namespace towline::expose::tls
