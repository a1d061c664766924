// A Wire through a channel of another session: how the SSH connection to a server travels over a jump host.
#pragma once

#include "net/wire.hpp"
#include "ssh/session/channel.hpp"

namespace towline::ssh {

class ChannelWire final : public net::Wire {
 public:
  // Its session outlives it.
  explicit ChannelWire(Channel channel) : channel_(std::move(channel)) {}

  net::IoResult read_some(std::span<std::uint8_t> into) override;
  net::IoResult write_some(std::span<const std::uint8_t> from) override;
  Task<error_code> wait_readable() override;
  Task<error_code> wait_writable() override;
  void close() override { channel_.close(); }
  void abort() override { channel_.close(); }  // SSH has no reset: CLOSE overtakes nothing

 private:
  Channel channel_;
};

}  // namespace towline::ssh
