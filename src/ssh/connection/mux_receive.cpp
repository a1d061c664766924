// What the peer says: each message becomes one event, or names the peer's violation of the protocol.
#include "ssh/connection/mux.hpp"

#include <utility>

namespace towline::ssh::connection {

Result<Event> Mux::on_message(Bytes message, std::uint32_t sequence) {
  Reader reader(message);
  const auto number = MessageNumber{reader.u8()};
  if (!reader.ok()) return errc::malformed_message;
  switch (number) {
    case MessageNumber::global_request: return on_global_request(reader);
    case MessageNumber::request_success: return on_request_reply(reader, true);
    case MessageNumber::request_failure: return on_request_reply(reader, false);
    case MessageNumber::channel_open: return on_open(reader);
    case MessageNumber::channel_open_confirmation:
    case MessageNumber::channel_open_failure:
    case MessageNumber::channel_window_adjust:
    case MessageNumber::channel_data:
    case MessageNumber::channel_extended_data:
    case MessageNumber::channel_eof:
    case MessageNumber::channel_close:
    case MessageNumber::channel_request:
    case MessageNumber::channel_success:
    case MessageNumber::channel_failure: return on_channel_message(number, reader);
    case MessageNumber::unimplemented:
      // Global requests are the only messages of ours that a peer may not know.
      return requested_ == answered_ ? Result<Event>(Ignored{}) : on_request_reply(Reader({}), false);
  }
  // Service and authentication messages are over; the rest is unknown to us and must be answered so (RFC
  // 4253, 11.4).
  if (message[0] < 80) return errc::unexpected_message;
  outbox_.message(MessageNumber::unimplemented).u32(sequence);
  return Ignored{};
}

Result<Event> Mux::on_global_request(Reader message) {
  const auto name = message.string();
  const bool want_reply = message.boolean();
  if (!message.ok()) return errc::malformed_message;
  GlobalRequest request{name, message.rest(), std::nullopt};
  if (!want_reply) return request;
  request.id = asked_.asked();
  return request.id ? Result<Event>(request) : Ignored{};
}

Result<Event> Mux::on_request_reply(Reader message, bool success) {
  if (requested_ == answered_) return errc::unexpected_message;
  return GlobalReply{answered_++, success, message.rest()};
}

Result<Event> Mux::on_open(Reader message) {
  const auto type = message.string();
  const auto number = message.u32();
  const auto window = message.u32();
  const auto packet_max = message.u32();
  if (!message.ok()) return errc::malformed_message;
  if (in_use_ >= channels_max_) {
    refuse_number(number, open_failure_code(errc::open_resource_shortage), "too many channels");
    return OfferRefused{type, message.rest()};
  }
  const auto id = add_channel(Channel::Phase::offered);
  channels_[id].peer_number = number;
  channels_[id].send.open(window, packet_max);
  return ChannelOffered{id, type, message.rest()};
}

Result<Event> Mux::on_channel_message(MessageNumber number, Reader message) {
  const auto id = message.u32();
  if (!message.ok()) return errc::malformed_message;
  auto* channel = find(id);
  if (!channel) return errc::unknown_channel;
  if (number == MessageNumber::channel_open_confirmation) return on_open_confirmation(id, *channel, message);
  if (number == MessageNumber::channel_open_failure) return on_open_failure(id, *channel, message);
  if (channel->phase != Channel::Phase::open) return errc::unexpected_message;
  if (number == MessageNumber::channel_close) return on_close(id, message);
  auto event = on_open_channel_message(number, id, *channel, message);
  // Sent before the peer saw our CLOSE: it must be in order, but nobody is left to hear it.
  if (event && channel->close_sent) return Ignored{};
  return event;
}

Result<Event> Mux::on_open_channel_message(MessageNumber number, ChannelId id, Channel& channel,
                                           Reader message) {
  switch (number) {
    case MessageNumber::channel_window_adjust: return on_window_adjust(id, channel, message);
    case MessageNumber::channel_data: return on_data(id, channel, message);
    case MessageNumber::channel_extended_data: return on_extended_data(id, channel, message);
    case MessageNumber::channel_eof: return on_eof(id, channel, message);
    case MessageNumber::channel_request: return on_channel_request(id, channel, message);
    case MessageNumber::channel_success: return on_channel_reply(id, channel, message, true);
    default: return on_channel_reply(id, channel, message, false);
  }
}

Result<Event> Mux::on_open_confirmation(ChannelId id, Channel& channel, Reader message) {
  const bool abandoned = channel.phase == Channel::Phase::abandoned;
  if (channel.phase != Channel::Phase::opening && !abandoned) return errc::unexpected_message;
  channel.peer_number = message.u32();
  const auto window = message.u32();
  const auto packet_max = message.u32();
  if (!message.complete()) return errc::malformed_message;
  channel.send.open(window, packet_max);
  channel.phase = Channel::Phase::open;
  if (!abandoned) return ChannelOpened{id};
  --left_open_;
  close(id);
  return Ignored{};
}

Result<Event> Mux::on_open_failure(ChannelId id, Channel& channel, Reader message) {
  const bool abandoned = channel.phase == Channel::Phase::abandoned;
  if (channel.phase != Channel::Phase::opening && !abandoned) return errc::unexpected_message;
  const auto code = message.u32();
  if (!message.ok()) return errc::malformed_message;
  const auto text = message.string();  // some servers leave it out
  free_channel(id);
  if (abandoned) return Ignored{};
  return ChannelRefused{id, open_failure(code), text, code};
}

Result<Event> Mux::on_window_adjust(ChannelId id, Channel& channel, Reader message) {
  const auto n = message.u32();
  if (!message.complete()) return errc::malformed_message;
  if (auto adjusted = channel.send.adjust(n); !adjusted) return adjusted.error();
  channel.in_flight.adjusted(n, path_);
  return ChannelWindow{id};
}

Result<Event> Mux::on_data(ChannelId id, Channel& channel, Reader message) {
  const auto data = message.bytes();
  if (!message.complete()) return errc::malformed_message;
  if (channel.eof_received) return errc::unexpected_message;
  if (auto taken = channel.receive.received(data.size()); !taken) return taken.error();
  return ChannelData{id, data};
}

Result<Event> Mux::on_extended_data(ChannelId id, Channel& channel, Reader message) {
  const auto type = message.u32();
  const auto data = message.bytes();
  if (!message.complete()) return errc::malformed_message;
  if (channel.eof_received) return errc::unexpected_message;
  if (auto taken = channel.receive.received(data.size()); !taken) return taken.error();
  return ChannelExtendedData{id, type, data};
}

Result<Event> Mux::on_eof(ChannelId id, Channel& channel, Reader message) {
  if (!message.complete()) return errc::malformed_message;
  if (channel.eof_received) return errc::unexpected_message;
  channel.eof_received = true;
  return ChannelEof{id};
}

Result<Event> Mux::on_close(ChannelId id, Reader message) {
  if (!message.complete()) return errc::malformed_message;
  // Both directions are over for the peer; RFC 4254, 5.3 wants our CLOSE now, whatever we still hold.
  close(id);
  free_channel(id);
  return ChannelClosed{id};
}

Result<Event> Mux::on_channel_request(ChannelId id, Channel& channel, Reader message) {
  const auto type = message.string();
  const bool want_reply = message.boolean();
  if (!message.ok()) return errc::malformed_message;
  ChannelRequest request{id, type, message.rest(), std::nullopt};
  if (!want_reply || channel.close_sent) return request;
  request.id = channel.asked.asked();
  return request.id ? Result<Event>(request) : Ignored{};
}

Result<Event> Mux::on_channel_reply(ChannelId id, Channel& channel, Reader message, bool success) {
  if (!message.complete()) return errc::malformed_message;
  if (channel.replies_due == 0) return errc::unexpected_message;
  --channel.replies_due;
  return ChannelReply{id, success};
}

}  // namespace towline::ssh::connection
