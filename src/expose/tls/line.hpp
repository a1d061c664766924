// A visitor's connection, in the clear or within TLS, as those see it who talk over it.
#pragma once

#include "net/stream.hpp"
#include "net/tcp_wire.hpp"
#include "net/wire.hpp"

#include <string>
#include <utility>

namespace towline::expose::tls {

class Line : public net::Wire {
 public:
  // No more is written: the visitor reads the end, and may still say something.
  virtual void end_sending() = 0;
};

// In the clear.
class PlainLine final : public Line {
 public:
  explicit PlainLine(net::Stream socket) : wire_(std::move(socket)) {}

  // Was read to look at it, and is read again.
  void put_back(std::string octets) { read_ahead_.insert(0, octets); }

  net::IoResult read_some(std::span<std::uint8_t> into) override;
  net::IoResult write_some(std::span<const std::uint8_t> from) override { return wire_.write_some(from); }
  Task<error_code> wait_readable() override;
  Task<error_code> wait_writable() override { return wire_.wait_writable(); }
  void close() override { wire_.close(); }
  void abort() override { wire_.abort(); }
  void end_sending() override;

 private:
  net::TcpWire wire_;
  std::string read_ahead_;
  bool over_ = false;  // its end has been read: Asio waits for ever for a second one
};

}  // namespace towline::expose::tls
