// The peer's side of the connection protocol for tests: messages built field by field, independent of the
// code under test, and in words what the mux makes of them and says in return.
#pragma once

#include "ssh/connection/mux.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh::connection {

// One message of the peer's.
class Said {
 public:
  explicit Said(unsigned number) { u8(number); }

  Said& u8(unsigned value) {
    bytes_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  Said& u32(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) u8(value >> shift & 255);
    return *this;
  }
  Said& text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }

  Bytes bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

constexpr std::uint32_t plenty = 1 << 20;

inline Said global_request(std::string_view name, bool want_reply) {
  return Said(80).text(name).u8(want_reply);
}
inline Said request_success() { return Said(81); }
inline Said request_success(std::uint32_t port) { return Said(81).u32(port); }
inline Said request_failure() { return Said(82); }
inline Said channel_open(std::string_view type, std::uint32_t number) {
  return Said(90).text(type).u32(number).u32(plenty).u32(32768);
}
inline Said forwarded_tcpip(std::uint32_t number, std::string_view host, std::uint32_t port) {
  return channel_open("forwarded-tcpip", number).text(host).u32(port).text("192.0.2.7").u32(50001);
}
inline Said forwarded_streamlocal(std::uint32_t number, std::string_view path) {
  return channel_open("forwarded-streamlocal@openssh.com", number).text(path).text("");
}
inline Said confirmation(ChannelId id, std::uint32_t number, std::uint32_t window = plenty,
                         std::uint32_t packet_max = 32768) {
  return Said(91).u32(id).u32(number).u32(window).u32(packet_max);
}
inline Said open_failure(ChannelId id, std::uint32_t reason, std::string_view text) {
  return Said(92).u32(id).u32(reason).text(text).text("en");
}
inline Said window_adjust(ChannelId id, std::uint32_t n) { return Said(93).u32(id).u32(n); }
inline Said data(ChannelId id, std::string_view bytes) { return Said(94).u32(id).text(bytes); }
inline Said extended_data(ChannelId id, std::uint32_t type, std::string_view bytes) {
  return Said(95).u32(id).u32(type).text(bytes);
}
inline Said eof(ChannelId id) { return Said(96).u32(id); }
inline Said close(ChannelId id) { return Said(97).u32(id); }
inline Said channel_request(ChannelId id, std::string_view type, bool want_reply) {
  return Said(98).u32(id).text(type).u8(want_reply);
}
inline Said exit_status(ChannelId id, std::uint32_t status) {
  return channel_request(id, "exit-status", false).u32(status);
}
inline Said exit_signal(ChannelId id, std::string_view name) {
  return channel_request(id, "exit-signal", false).text(name).u8(0).text("why").text("en");
}
inline Said channel_success(ChannelId id) { return Said(99).u32(id); }
inline Said channel_failure(ChannelId id) { return Said(100).u32(id); }

// "opened 0", "data 0 abc", "ignored"; a violation of the protocol is "error " and the name of its errc.
std::string in_words(const Result<Event>& result);

// One of our messages as a server reads it: "close 7", "open session 0 2097152 32768"; "broken" if it is not
// well formed.
std::string in_words(Bytes message);

std::string in_hex(Bytes message);

inline const DirectTcpip to_web{{"web", 80}, {"10.0.0.9", 40000}};

// A mux and its peer.
class Talk {
 public:
  explicit Talk(const WindowLimits& limits = {}, std::size_t channels_max = 16384)
      : mux(limits, channels_max) {}

  std::string hears(const Said& message, std::uint32_t sequence = 0) {
    return in_words(mux.on_message(message.bytes(), sequence));
  }

  // What the mux has said since the last time.
  std::vector<std::string> says();

  // A channel of ours that the server has confirmed, and nothing more to say about it.
  ChannelId open_channel(std::uint32_t number, std::uint32_t window = plenty,
                         std::uint32_t packet_max = 32768);

  Mux mux;
};

}  // namespace towline::ssh::connection
