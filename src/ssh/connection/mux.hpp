// The connection protocol (RFC 4254), sans-I/O: messages in, events and messages out. No socket, no clock, no
// libssh2.
#pragma once

#include "async/result.hpp"
#include "ssh/connection/channel.hpp"
#include "ssh/connection/event.hpp"
#include "ssh/connection/listens.hpp"
#include "ssh/connection/message.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <variant>
#include <vector>

namespace towline::ssh::connection {

// What to open on the server (RFC 4254, 7.2 and 6.1; OpenSSH PROTOCOL, 2.4).
struct DirectTcpip {
  net::HostPort target;
  net::HostPort originator;
};
struct DirectStreamlocal {
  std::string path;
};
struct SessionChannel {};
using OpenRequest = std::variant<DirectTcpip, DirectStreamlocal, SessionChannel>;

// One per SSH session. After every call that may have something to say, send what is in outbox(), in order
// and before any later channel data. Calls for a channel that is closed are ignored: the peer may close it at
// any moment. Not thread-safe; use on the session's io_context.
class Mux {
 public:
  explicit Mux(WindowLimits limits = {}, std::size_t channels_max = 16384)
      : limits_(limits), channels_max_(channels_max), budget_(limits) {}

  // One message from the peer; `sequence` is its packet's number. A failure is the peer's violation of the
  // protocol: end the session.
  Result<Event> on_message(Bytes message, std::uint32_t sequence);

  Outbox& outbox() { return outbox_; }

  // Channels we open. Any number may be in flight; each is answered by ChannelOpened or ChannelRefused.
  ChannelId open(const OpenRequest& request);
  // Nobody waits for the answer any more: a late confirmation is answered with CLOSE.
  void abandon(ChannelId id);

  // Channels the peer opens (IncomingChannel). `reason` is one of errc::open_*.
  void accept(ChannelId id);
  void refuse(ChannelId id, errc reason, std::string_view text);

  // The bytes that may be sent now as one message: window, maximum packet size, EOF and CLOSE considered.
  std::uint32_t sendable(ChannelId id) const;
  // Accounts for `n` <= sendable() bytes and returns what goes on the wire before them.
  using DataHeader = std::array<std::uint8_t, 9>;
  DataHeader data_header(ChannelId id, std::uint32_t n);

  // What consumed() reckons with; say it once a turn.
  void set_path(const PathTime& path) { path_ = path; }
  // Received bytes that have left our hands; announces more window when it is time.
  void consumed(ChannelId id, std::size_t n);
  void send_eof(ChannelId id);
  void close(ChannelId id);
  // CHANNEL_REQUEST such as "exec"; `payload` is already encoded. Answered by ChannelReply if wanted.
  void request(ChannelId id, std::string_view type, bool want_reply, Bytes payload);

  // Global requests; answers come in order (RFC 4254, 4) as ListenReply and ListenCancelled. A cancel()
  // before the ListenReply is said after it, and not at all if the server refused.
  ListenId listen(ListenAddress address);
  void cancel(ListenId id);
  void keepalive();

  std::size_t channels() const { return in_use_; }
  std::uint32_t receive_window_size(ChannelId id) const { return channels_[id].receive.size(); }

 private:
  enum class RequestKind { listen, cancel, keepalive };
  struct PendingRequest {
    RequestKind kind;
    ListenId listen;
  };

  // A channel that the server wants to open.
  struct Opening {
    std::string_view type;
    std::uint32_t number = 0;  // the server's
    std::uint32_t window = 0;
    std::uint32_t packet_max = 0;
    std::string named{};  // the listener, as the server says
    net::HostPort originator{};
  };

  Channel* find(ChannelId id);
  const Channel* find(ChannelId id) const { return const_cast<Mux*>(this)->find(id); }
  ChannelId add_channel(Channel::Phase phase);
  void free_channel(ChannelId id);
  void open_message(ChannelId id, std::string_view type, auto&& fill);

  Result<Event> on_global_request(Reader message);
  Result<Event> on_request_reply(Reader message, bool success);
  Result<Event> on_open(Reader message);
  Result<Event> on_forwarded_tcpip(Reader message, Opening opening);
  Result<Event> on_forwarded_streamlocal(Reader message, Opening opening);
  Event offer(const Opening& opening, Match match);
  Event decline(const Opening& opening, ChannelFit fit);
  UnmatchedChannel unmatched(const Opening& opening, ChannelFit fit) const;
  void refuse_number(std::uint32_t peer_number, errc reason, std::string_view text);
  Result<Event> on_channel_message(MessageNumber number, Reader message);
  Result<Event> on_open_channel_message(MessageNumber number, ChannelId id, Channel& channel, Reader message);
  Result<Event> on_open_confirmation(ChannelId id, Channel& channel, Reader message);
  Result<Event> on_open_failure(ChannelId id, Channel& channel, Reader message);
  Result<Event> on_window_adjust(ChannelId id, Channel& channel, Reader message);
  Result<Event> on_data(ChannelId id, Channel& channel, Reader message);
  Result<Event> on_extended_data(ChannelId id, Channel& channel, Reader message);
  Result<Event> on_eof(ChannelId id, Channel& channel, Reader message);
  Result<Event> on_close(ChannelId id, Reader message);
  Result<Event> on_channel_request(ChannelId id, Channel& channel, Reader message);
  Result<Event> on_channel_reply(ChannelId id, Channel& channel, Reader message, bool success);

  WindowLimits limits_;
  std::size_t channels_max_;
  WindowBudget budget_;
  PathTime path_;
  std::vector<Channel> channels_;  // by ChannelId
  std::vector<ChannelId> free_;
  std::size_t in_use_ = 0;
  std::deque<PendingRequest> pending_;  // global requests awaiting their reply
  Listens listens_;
  Outbox outbox_;
};

}  // namespace towline::ssh::connection
