// What the peer says: each message becomes one event, or names the peer's violation of the protocol.
#include "ssh/connection/mux.hpp"

#include <utility>

namespace towline::ssh::connection {

namespace {

constexpr std::size_t named_max = 256;  // of what the server says, for the log

}  // namespace

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
      // Global requests are the only messages of ours that a server may not know.
      return pending_.empty() ? Result<Event>(Ignored{}) : on_request_reply(Reader({}), false);
  }
  // Service and authentication messages are over; the rest is unknown to us and must be answered so (RFC
  // 4253, 11.4).
  if (message[0] < 80) return errc::unexpected_message;
  outbox_.message(MessageNumber::unimplemented).u32(sequence);
  return Ignored{};
}

Result<Event> Mux::on_global_request(Reader message) {
  message.string();  // keepalive@openssh.com, hostkeys-00@openssh.com and whatever else: we offer nothing
  const bool want_reply = message.boolean();
  if (!message.ok()) return errc::malformed_message;
  if (want_reply) outbox_.message(MessageNumber::request_failure);
  return Ignored{};
}

Result<Event> Mux::on_request_reply(Reader message, bool success) {
  if (pending_.empty()) return errc::unexpected_message;
  const auto request = pending_.front();
  pending_.pop_front();
  if (request.kind == RequestKind::keepalive) return KeepaliveReply{};
  if (request.kind == RequestKind::cancel) {
    listens_.remove(request.listen);
    return ListenCancelled{request.listen, success};
  }

  if (!success) {
    listens_.remove(request.listen);
    return ListenReply{request.listen, false, 0};
  }
  const auto* address = listens_.find(request.listen);
  std::uint32_t port = address->tcp.port;
  if (port == 0 && !address->is_unix()) {
    port = message.u32();  // only sent when the choice was the server's (RFC 4254, 7.1)
    if (!message.ok() || port == 0 || port > 65535) return errc::malformed_message;
  }
  const bool wanted = listens_.accepted(request.listen, static_cast<std::uint16_t>(port));
  if (!wanted) cancel(request.listen);
  return ListenReply{request.listen, true, static_cast<std::uint16_t>(port)};
}

Result<Event> Mux::on_open(Reader message) {
  Opening opening{.type = message.string(), .number = message.u32()};
  opening.window = message.u32();
  opening.packet_max = message.u32();
  if (!message.ok()) return errc::malformed_message;
  if (in_use_ >= channels_max_) return decline(opening, ChannelFit::limit);
  if (opening.type == "forwarded-tcpip") return on_forwarded_tcpip(message, std::move(opening));
  if (opening.type == "forwarded-streamlocal@openssh.com")
    return on_forwarded_streamlocal(message, std::move(opening));
  return decline(opening, ChannelFit::unknown_type);
}

Result<Event> Mux::on_forwarded_tcpip(Reader message, Opening opening) {
  const auto address = message.string();
  const auto port = message.u32();
  const auto originator_host = message.string();
  const auto originator_port = message.u32();
  if (!message.complete()) return errc::malformed_message;
  opening.named = net::to_string({std::string(address.substr(0, named_max)), 0});
  opening.named.replace(opening.named.size() - 1, 1, std::to_string(port));  // it may be none
  // For the log only: an impossible one must not cost the session.
  const auto port_known =
      originator_port <= 65535 ? static_cast<std::uint16_t>(originator_port) : std::uint16_t{0};
  opening.originator = {std::string(originator_host), port_known};
  return offer(opening, listens_.match(address, port));
}

Result<Event> Mux::on_forwarded_streamlocal(Reader message, Opening opening) {
  const auto path = message.string();
  message.string();  // reserved (OpenSSH PROTOCOL, 2.4)
  if (!message.complete()) return errc::malformed_message;
  opening.named = path.substr(0, named_max);
  return offer(opening, listens_.match_path(path));
}

Event Mux::offer(const Opening& opening, Match match) {
  if (match.fit != ChannelFit::named && match.fit != ChannelFit::only_one) return decline(opening, match.fit);
  const auto id = add_channel(Channel::Phase::offered);
  channels_[id].peer_number = opening.number;
  channels_[id].send.open(opening.window, opening.packet_max);
  IncomingChannel incoming{id, match.listen, opening.originator};
  if (match.fit == ChannelFit::only_one) incoming.unmatched = unmatched(opening, match.fit);
  return incoming;
}

Event Mux::decline(const Opening& opening, ChannelFit fit) {
  switch (fit) {
    case ChannelFit::limit:
      refuse_number(opening.number, errc::open_resource_shortage, "too many channels");
      break;
    case ChannelFit::unknown_type:
      refuse_number(opening.number, errc::open_unknown_channel_type,
                    "this client takes forwarded connections only");
      break;
    case ChannelFit::ambiguous:
      refuse_number(opening.number, errc::open_administratively_prohibited, "several listeners can be meant");
      break;
    default:
      refuse_number(opening.number, errc::open_administratively_prohibited,
                    "nothing was asked to listen there");
  }
  return unmatched(opening, fit);
}

UnmatchedChannel Mux::unmatched(const Opening& opening, ChannelFit fit) const {
  return {fit, std::string(opening.type.substr(0, named_max)), opening.named, listens_.described(),
          opening.originator};
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
  switch (code) {
    case 1: return ChannelRefused{id, errc::open_administratively_prohibited, text, code};
    case 3: return ChannelRefused{id, errc::open_unknown_channel_type, text, code};
    case 4: return ChannelRefused{id, errc::open_resource_shortage, text, code};
    default: return ChannelRefused{id, errc::open_connect_failed, text, code};
  }
}

Result<Event> Mux::on_window_adjust(ChannelId id, Channel& channel, Reader message) {
  const auto n = message.u32();
  if (!message.complete()) return errc::malformed_message;
  if (auto adjusted = channel.send.adjust(n); !adjusted) return adjusted.error();
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
  if (want_reply && !channel.close_sent) {
    outbox_.message(MessageNumber::channel_failure).u32(channel.peer_number);
  }
  if (type == "exit-status") {
    const auto status = message.u32();
    if (!message.complete()) return errc::malformed_message;
    return ChannelExit{id, status, {}};
  }
  if (type == "exit-signal") {
    const auto signal = message.string();
    if (!message.ok()) return errc::malformed_message;
    return ChannelExit{id, 0, signal};
  }
  return Ignored{};
}

Result<Event> Mux::on_channel_reply(ChannelId id, Channel& channel, Reader message, bool success) {
  if (!message.complete()) return errc::malformed_message;
  if (channel.replies_due == 0) return errc::unexpected_message;
  --channel.replies_due;
  return ChannelReply{id, success};
}

}  // namespace towline::ssh::connection
