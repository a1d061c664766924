// What we say: opening and answering channels, data, flow control, global requests.
#include "ssh/connection/mux.hpp"

#include <boost/assert.hpp>
#include <boost/endian/conversion.hpp>

#include <utility>

namespace towline::ssh::connection {

namespace {

// RFC 4254, 5.1; anything else we might want to say is a connect failure to the peer.
std::uint32_t reason_code(errc reason) {
  switch (reason) {
    case errc::open_administratively_prohibited: return 1;
    case errc::open_unknown_channel_type: return 3;
    case errc::open_resource_shortage: return 4;
    default: return 2;
  }
}

}  // namespace

Channel* Mux::find(ChannelId id) {
  if (id >= channels_.size() || channels_[id].phase == Channel::Phase::free) return nullptr;
  return &channels_[id];
}

ChannelId Mux::add_channel(Channel::Phase phase) {
  ++in_use_;
  const auto window = budget_.first();
  budget_.take(window);
  ChannelId id = 0;
  if (free_.empty()) {
    id = static_cast<ChannelId>(channels_.size());
    channels_.emplace_back(limits_, window);
  } else {
    id = free_.back();
    free_.pop_back();
    channels_[id] = Channel(limits_, window);
  }
  channels_[id].phase = phase;
  return id;
}

void Mux::free_channel(ChannelId id) {
  budget_.give_back(channels_[id].receive.size());
  channels_[id].phase = Channel::Phase::free;
  free_.push_back(id);
  --in_use_;
}

void Mux::open_message(ChannelId id, std::string_view type, auto&& fill) {
  auto message = outbox_.message(MessageNumber::channel_open);
  message.string(type).u32(id).u32(channels_[id].receive.size()).u32(limits_.packet_max);
  fill(message);
}

ChannelId Mux::open(const OpenRequest& request) {
  const auto id = add_channel(Channel::Phase::opening);
  if (const auto* tcp = std::get_if<DirectTcpip>(&request)) {
    open_message(id, "direct-tcpip", [tcp](Outbox::Message& m) {
      m.string(tcp->target.host).u32(tcp->target.port).string(tcp->originator.host).u32(tcp->originator.port);
    });
  } else if (const auto* local = std::get_if<DirectStreamlocal>(&request)) {
    open_message(id, "direct-streamlocal@openssh.com", [local](Outbox::Message& m) {
      m.string(local->path).string("").u32(0);  // two reserved fields
    });
  } else {
    open_message(id, "session", [](Outbox::Message&) {});
  }
  return id;
}

void Mux::abandon(ChannelId id) {
  auto* channel = find(id);
  if (channel && channel->phase == Channel::Phase::opening) channel->phase = Channel::Phase::abandoned;
}

void Mux::accept(ChannelId id) {
  auto* channel = find(id);
  if (!channel || channel->phase != Channel::Phase::offered) return;
  channel->phase = Channel::Phase::open;
  outbox_.message(MessageNumber::channel_open_confirmation)
      .u32(channel->peer_number)
      .u32(id)
      .u32(channel->receive.size())
      .u32(limits_.packet_max);
}

void Mux::refuse(ChannelId id, errc reason, std::string_view text) {
  auto* channel = find(id);
  if (!channel || channel->phase != Channel::Phase::offered) return;
  refuse_number(channel->peer_number, reason, text);
  free_channel(id);
}

void Mux::refuse_number(std::uint32_t peer_number, errc reason, std::string_view text) {
  outbox_.message(MessageNumber::channel_open_failure)
      .u32(peer_number)
      .u32(reason_code(reason))
      .string(text)
      .string("");
}

std::uint32_t Mux::sendable(ChannelId id) const {
  const auto* channel = find(id);
  return channel && channel->may_send() ? channel->send.sendable() : 0;
}

Mux::DataHeader Mux::data_header(ChannelId id, std::uint32_t n) {
  BOOST_ASSERT(n <= sendable(id));
  auto& channel = channels_[id];
  channel.send.sent(n);
  DataHeader header;
  header[0] = static_cast<std::uint8_t>(MessageNumber::channel_data);
  boost::endian::store_big_u32(&header[1], channel.peer_number);
  boost::endian::store_big_u32(&header[5], n);
  return header;
}

void Mux::consumed(ChannelId id, std::size_t n) {
  auto* channel = find(id);
  if (!channel || channel->eof_received || channel->close_sent) return;
  const auto size = channel->receive.size();
  const auto adjust = channel->receive.consumed(n, path_, budget_.left());
  budget_.take(channel->receive.size() - size);
  if (adjust == 0) return;
  outbox_.message(MessageNumber::channel_window_adjust).u32(channel->peer_number).u32(adjust);
}

void Mux::send_eof(ChannelId id) {
  auto* channel = find(id);
  if (!channel || !channel->may_send()) return;
  channel->eof_sent = true;
  outbox_.message(MessageNumber::channel_eof).u32(channel->peer_number);
}

void Mux::close(ChannelId id) {
  auto* channel = find(id);
  if (!channel || channel->phase != Channel::Phase::open || channel->close_sent) return;
  channel->close_sent = true;
  outbox_.message(MessageNumber::channel_close).u32(channel->peer_number);
}

void Mux::request(ChannelId id, std::string_view type, bool want_reply, Bytes payload) {
  auto* channel = find(id);
  if (!channel || channel->phase != Channel::Phase::open || channel->close_sent) return;
  if (want_reply) ++channel->replies_due;
  outbox_.message(MessageNumber::channel_request)
      .u32(channel->peer_number)
      .string(type)
      .boolean(want_reply)
      .raw(payload);
}

ListenId Mux::listen(ListenAddress address) {
  {
    auto message = outbox_.message(MessageNumber::global_request);
    if (address.is_unix()) {
      message.string("streamlocal-forward@openssh.com").boolean(true).string(address.path);
    } else {
      message.string("tcpip-forward").boolean(true).string(address.tcp.host).u32(address.tcp.port);
    }
  }
  const auto id = listens_.add(std::move(address));
  pending_.push_back({RequestKind::listen, id});
  return id;
}

void Mux::cancel(ListenId id) {
  // Which port to give back is not known before the answer.
  if (listens_.give_up(id)) return;
  const auto* address = listens_.find(id);
  if (!address) return;
  {
    auto message = outbox_.message(MessageNumber::global_request);
    if (address->is_unix()) {
      message.string("cancel-streamlocal-forward@openssh.com").boolean(true).string(address->path);
    } else {
      message.string("cancel-tcpip-forward").boolean(true).string(address->tcp.host).u32(address->tcp.port);
    }
  }
  // Channels the server opened before it saw this are refused from here on.
  listens_.cancel(id);
  pending_.push_back({RequestKind::cancel, id});
}

void Mux::keepalive() {
  outbox_.message(MessageNumber::global_request).string("keepalive@openssh.com").boolean(true);
  pending_.push_back({RequestKind::keepalive, 0});
}

}  // namespace towline::ssh::connection
