// What we say: opening and answering channels, data, flow control, requests.
#include "ssh/connection/mux.hpp"

#include <boost/assert.hpp>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <utility>

namespace towline::ssh::connection {

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
  if (channels_[id].left_open()) --left_open_;
  budget_.give_back(channels_[id].receive.size());
  channels_[id].phase = Channel::Phase::free;
  free_.push_back(id);
  --in_use_;
}

ChannelId Mux::open(const OpenRequest& request) {
  const auto id = add_channel(Channel::Phase::opening);
  auto message = outbox_.message(MessageNumber::channel_open);
  message.string(type_of(request)).u32(id).u32(channels_[id].receive.size()).u32(limits_.packet_max);
  write_payload(message, request);
  return id;
}

void Mux::abandon(ChannelId id) {
  auto* channel = find(id);
  if (!channel || channel->phase != Channel::Phase::opening) return;
  channel->phase = Channel::Phase::abandoned;
  ++left_open_;
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
  refuse(id, open_failure_code(reason), text);
}

void Mux::refuse(ChannelId id, std::uint32_t code, std::string_view text) {
  auto* channel = find(id);
  if (!channel || channel->phase != Channel::Phase::offered) return;
  refuse_number(channel->peer_number, code, text);
  free_channel(id);
}

void Mux::refuse_number(std::uint32_t peer_number, std::uint32_t code, std::string_view text) {
  outbox_.message(MessageNumber::channel_open_failure).u32(peer_number).u32(code).string(text).string("");
}

std::uint32_t Mux::sendable(ChannelId id) const {
  const auto* channel = find(id);
  if (!channel || !channel->may_send()) return 0;
  return std::min(channel->send.sendable(), channel->in_flight.room());
}

bool Mux::held_back(ChannelId id) {
  auto* channel = find(id);
  if (!channel || !channel->may_send() || channel->send.sendable() == 0 || channel->in_flight.room() > 0)
    return false;
  channel->in_flight.held_back();
  return true;
}

void Mux::lift(ChannelId id) {
  if (auto* channel = find(id)) channel->in_flight.lift();
}

Mux::DataHeader Mux::data_header(ChannelId id, std::uint32_t n) {
  BOOST_ASSERT(n <= sendable(id));
  auto& channel = channels_[id];
  channel.sent(n);
  DataHeader header;
  header[0] = static_cast<std::uint8_t>(MessageNumber::channel_data);
  boost::endian::store_big_u32(&header[1], channel.peer_number);
  boost::endian::store_big_u32(&header[5], n);
  return header;
}

Mux::ExtendedDataHeader Mux::extended_data_header(ChannelId id, std::uint32_t type, std::uint32_t n) {
  BOOST_ASSERT(n <= sendable(id));
  auto& channel = channels_[id];
  channel.sent(n);
  ExtendedDataHeader header;
  header[0] = static_cast<std::uint8_t>(MessageNumber::channel_extended_data);
  boost::endian::store_big_u32(&header[1], channel.peer_number);
  boost::endian::store_big_u32(&header[5], type);
  boost::endian::store_big_u32(&header[9], n);
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
  ++left_open_;
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

void Mux::answer(ChannelId id, RequestId request, bool success) {
  auto* channel = find(id);
  if (!channel || channel->close_sent) return;
  channel->asked.give(request, {success});
  say_answers(*channel);
}

void Mux::say_answers(Channel& channel) {
  while (const auto answer = channel.asked.next()) {
    outbox_.message(answer->success ? MessageNumber::channel_success : MessageNumber::channel_failure)
        .u32(channel.peer_number);
  }
}

std::optional<RequestId> Mux::global_request(std::string_view name, bool want_reply, Bytes payload) {
  outbox_.message(MessageNumber::global_request).string(name).boolean(want_reply).raw(payload);
  if (!want_reply) return std::nullopt;
  return requested_++;
}

void Mux::answer(RequestId request, Answer answer) {
  asked_.give(request, std::move(answer));
  say_answers();
}

void Mux::say_answers() {
  while (const auto answer = asked_.next()) {
    if (answer->success) {
      outbox_.message(MessageNumber::request_success).raw(answer->payload);
    } else {
      outbox_.message(MessageNumber::request_failure);
    }
  }
}

}  // namespace towline::ssh::connection
