// The connection protocol (RFC 4254) of either role, sans-I/O: messages in, events and messages out. No
// socket, no clock, no library. What the peer offers and asks for is an event; its owner decides.
#pragma once

#include "async/result.hpp"
#include "ssh/connection/channel.hpp"
#include "ssh/connection/event.hpp"
#include "ssh/connection/open_request.hpp"
#include "ssh/connection/outbox.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace towline::ssh::connection {

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

  // Channels the peer opens (ChannelOffered). `reason` is one of errc::open_*, or `code` is the peer's own.
  void accept(ChannelId id);
  void refuse(ChannelId id, errc reason, std::string_view text);
  void refuse(ChannelId id, std::uint32_t code, std::string_view text);

  // The bytes that may be sent now as one message: window, maximum packet size, what is on its way, EOF and
  // CLOSE considered.
  std::uint32_t sendable(ChannelId id) const;
  // Whether that is none for the sake of other channels only (InFlight), and somebody waits for it.
  bool held_back(ChannelId id);
  // It has been waited for too long.
  void lift(ChannelId id);
  // Accounts for `n` <= sendable() bytes and returns what goes on the wire before them.
  using DataHeader = std::array<std::uint8_t, 9>;
  DataHeader data_header(ChannelId id, std::uint32_t n);
  // The same for the second stream (RFC 4254, 5.2); both share the window.
  using ExtendedDataHeader = std::array<std::uint8_t, 13>;
  ExtendedDataHeader extended_data_header(ChannelId id, std::uint32_t type, std::uint32_t n);

  // What consumed() reckons with; say it once a turn.
  void set_path(const PathTime& path) { path_ = path; }
  // Received bytes that have left our hands; announces more window when it is time.
  void consumed(ChannelId id, std::size_t n);
  void send_eof(ChannelId id);
  void close(ChannelId id);
  // CHANNEL_REQUEST such as "exec"; `payload` is already encoded. Answered by ChannelReply if wanted.
  void request(ChannelId id, std::string_view type, bool want_reply, Bytes payload);
  // To a ChannelRequest.
  void answer(ChannelId id, RequestId request, bool success);

  // Answered by GlobalReply, with the number that is returned, if wanted; answers come in the order of the
  // requests (RFC 4254, 4).
  std::optional<RequestId> global_request(std::string_view name, bool want_reply, Bytes payload = {});
  // To a GlobalRequest.
  void answer(RequestId request, Answer answer);

  std::size_t channels() const { return in_use_; }
  // Those that we have closed, or given up before they were answered, and the peer has not closed.
  std::size_t left_open() const { return left_open_; }
  std::uint32_t receive_window_size(ChannelId id) const { return channels_[id].receive.size(); }

 private:
  Channel* find(ChannelId id);
  const Channel* find(ChannelId id) const { return const_cast<Mux*>(this)->find(id); }
  ChannelId add_channel(Channel::Phase phase);
  void free_channel(ChannelId id);
  void say_answers(Channel& channel);
  void say_answers();
  void refuse_number(std::uint32_t peer_number, std::uint32_t code, std::string_view text);

  Result<Event> on_global_request(Reader message);
  Result<Event> on_request_reply(Reader message, bool success);
  Result<Event> on_open(Reader message);
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
  std::size_t left_open_ = 0;
  // Global requests that wanted an answer: those from `answered_` on wait for it.
  RequestId requested_ = 0;
  RequestId answered_ = 0;
  Answers asked_;  // by the peer
  Outbox outbox_;
};

}  // namespace towline::ssh::connection
