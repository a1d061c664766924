// A Wire through a channel of another session: how the SSH connection to a server travels over a jump host.
#pragma once

#include "net/wire.hpp"
#include "ssh/session/channel.hpp"

namespace towline::ssh {

class ChannelWire final : public net::Wire {
 public:
  // `below` is the wire of the channel's session; both outlive this one.
  ChannelWire(Channel channel, const net::Wire& below) : channel_(std::move(channel)), below_(below) {}

  net::IoResult read_some(std::span<std::uint8_t> into) override;
  net::IoResult write_some(std::span<const std::uint8_t> from) override;
  Task<error_code> wait_readable() override;
  Task<error_code> wait_writable() override;
  // As far as the jump host: what lies behind it adds more, which nobody tells us.
  std::chrono::steady_clock::duration round_trip() const override { return below_.round_trip(); }
  void close() override { channel_.close(); }
  void abort() override { channel_.close(); }  // SSH has no reset: CLOSE overtakes nothing

 private:
  Channel channel_;
  const net::Wire& below_;
};

}  // namespace towline::ssh
