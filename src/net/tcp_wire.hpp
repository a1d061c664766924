// A Wire over a connected socket, tuned for SSH over TCP: small packets leave and are acknowledged at once. A
// unix socket does so by itself.
#pragma once

#include "net/first_bytes.hpp"
#include "net/stream.hpp"
#include "net/wire.hpp"

#include <chrono>

namespace towline::net {

class TcpWire final : public Wire {
 public:
  // Takes a connected socket; sets TCP_NODELAY.
  explicit TcpWire(Stream socket);

  IoResult read_some(std::span<std::uint8_t> into) override;
  IoResult write_some(std::span<const std::uint8_t> from) override;
  Task<error_code> wait_readable() override;
  Task<error_code> wait_writable() override;
  std::chrono::steady_clock::duration round_trip() const override;  // the kernel's (TCP_INFO); of TCP only
  void close() override;
  void abort() override;

  // How long written data may stay unacknowledged before the kernel gives the connection up
  // (TCP_USER_TIMEOUT); 0 is the kernel's own limit.
  error_code set_user_timeout(std::chrono::milliseconds timeout);

  Stream& socket() { return socket_; }

 private:
  IoResult told(IoResult result);

  Stream socket_;
  FirstBytes<2048> first_;
  bool acknowledge_due_ = false;  // something has been read since the last wait
  error_code failed_;             // what the kernel has told of the connection's end, to a read or a write
};

}  // namespace towline::net
