#include "ssh/transport/greeting.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t line_kept_max = 1024;  // more than is shown of it
constexpr std::size_t packet_max = 35'000;   // RFC 4253, 6.1
constexpr std::size_t packet_head_size = 5;  // RFC 4253, 6: packet_length, padding_length

const std::uint8_t* octets(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

// Moves what is missing of `size` from the front of `bytes` to the end of `pending`.
void fill(std::string& pending, std::size_t size, Bytes& bytes) {
  const auto taken = bytes.first(std::min(size - std::min(size, pending.size()), bytes.size()));
  pending.append(reinterpret_cast<const char*>(taken.data()), taken.size());
  bytes = bytes.subspan(taken.size());
}

}  // namespace

void Greeting::read(Bytes bytes) {
  while (!bytes.empty() && phase_ != Phase::over) {
    phase_ == Phase::lines ? read_line(bytes) : read_packet(bytes);
  }
}

void Greeting::end() {
  if (phase_ == Phase::lines) line_ended();
  finish();
}

void Greeting::read_line(Bytes& bytes) {
  const auto newline = std::ranges::find(bytes, '\n');
  const auto length = static_cast<std::size_t>(newline - bytes.begin());
  const auto kept = std::min(length, line_kept_max - pending_.size());
  pending_.append(reinterpret_cast<const char*>(bytes.data()), kept);
  bytes = bytes.subspan(length);
  if (bytes.empty()) return;
  bytes = bytes.subspan(1);
  line_ended();
}

void Greeting::line_ended() {
  const auto line = std::exchange(pending_, {});
  if (line.starts_with("SSH-")) {
    phase_ = Phase::packets;
  } else {
    words_.add(line);
  }
}

void Greeting::read_packet(Bytes& bytes) {
  fill(pending_, packet_head_size, bytes);
  if (pending_.size() < packet_head_size) return;
  const std::size_t length = boost::endian::load_big_u32(octets(pending_));
  const std::size_t padding = octets(pending_)[packet_head_size - 1];
  if (length > packet_max || length < padding + 2) return finish();
  const auto size = sizeof(std::uint32_t) + length;
  fill(pending_, size, bytes);
  if (pending_.size() < size) return;
  const Bytes payload(octets(pending_) + packet_head_size, length - padding - 1);
  kexinit_ = parse_kexinit(payload);
  // Others may come before (RFC 4253, 7.1): to be ignored, for debugging, or the end.
  kexinit_ ? finish() : pending_.clear();
}

void Greeting::finish() {
  phase_ = Phase::over;
  pending_ = {};
}

}  // namespace towline::ssh
