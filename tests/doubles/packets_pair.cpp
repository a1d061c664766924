#include "doubles/packets_pair.hpp"

#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <iterator>

namespace towline::doubles {

using ssh::Bytes;

namespace {

constexpr int messages_per_turn = 16;
// Fewer than a turn has, as with a buffer that is moved in the middle of one.
constexpr std::size_t delivered_max = 5;

}  // namespace

// What it writes comes out at `peer`. Its wire only waits: the messages pass it by.
class PacketsPair::Side final : public ssh::Packets, private net::Wire {
 public:
  Side(End& self, End& peer) : self_(self), peer_(peer) {}
  ~Side() override {
    self_.left = true;
    peer_.readable.notify_all();
    peer_.writable.notify_all();
  }

  using Packets::wire;
  net::Wire& wire() override { return *this; }
  void deliver_to(Receiver* receiver) override { receiver_ = receiver; }

  Result<bool> read() override {
    delivered_.clear();
    for (int n = 0; n < messages_per_turn && !self_.incoming.empty(); ++n) {
      if (delivered_.size() == delivered_max) expire();
      const auto& message = delivered_.emplace_back(std::move(self_.incoming.front()));
      self_.incoming.pop_front();
      self_.under_way -= message.size();
      bytes_received_ += message.size();
      last_received_ = Clock::now();
      if (receiver_) receiver_->on_message(message, sequence_++);
    }
    peer_.writable.notify_all();
    if (self_.incoming.empty() && peer_.left) return Failure(ssh::errc::peer_closed);
    return !self_.incoming.empty();
  }

  Result<> write(Bytes head, Bytes tail) override {
    if (self_.in_key_exchange) return Failure(ssh::errc::transport_failed, "written during a key exchange");
    Message message(head.begin(), head.end());
    message.insert(message.end(), tail.begin(), tail.end());
    self_.backlog += message.size();
    bytes_sent_ += message.size();
    self_.outgoing.push_back(std::move(message));
    return {};
  }
  bool in_key_exchange() const override { return self_.in_key_exchange; }
  unsigned key_exchanges() const override { return self_.key_exchanges; }
  std::size_t backlog() const override { return self_.backlog; }

  Result<bool> flush() override {
    while (!self_.outgoing.empty() && peer_.under_way < peer_.room) {
      auto message = std::move(self_.outgoing.front());
      self_.outgoing.pop_front();
      self_.backlog -= message.size();
      peer_.under_way += message.size();
      peer_.incoming.push_back(std::move(message));
      peer_.readable.notify_all();
    }
    return self_.outgoing.empty();
  }

  void disconnect(const std::string&) override {}
  std::string peer_software() const override { return "SSH-2.0-pair"; }
  std::string take_words() override { return {}; }
  Clock::time_point last_received() const override { return last_received_; }
  std::uint64_t bytes_received() const override { return bytes_received_; }
  std::uint64_t bytes_sent() const override { return bytes_sent_; }

 private:
  void expire() {
    if (receiver_) receiver_->on_expiry();
    delivered_.clear();
  }

  net::IoResult read_some(std::span<std::uint8_t>) override {
    return {0, asio::error::operation_not_supported};
  }
  net::IoResult write_some(std::span<const std::uint8_t>) override {
    return {0, asio::error::operation_not_supported};
  }
  Task<error_code> wait_readable() override {
    if (self_.incoming.empty() && !peer_.left) co_return co_await self_.readable.wait();
    co_return error_code{};
  }
  Task<error_code> wait_writable() override {
    if (peer_.under_way >= peer_.room) co_return co_await self_.writable.wait();
    co_return error_code{};
  }
  void close() override {}
  void abort() override {}

  End& self_;
  End& peer_;
  Receiver* receiver_ = nullptr;
  std::vector<Message> delivered_;  // not expired
  std::uint32_t sequence_ = 0;
  Clock::time_point last_received_ = Clock::now();
  std::uint64_t bytes_received_ = 0;
  std::uint64_t bytes_sent_ = 0;
};

std::unique_ptr<ssh::Packets> PacketsPair::client() { return std::make_unique<Side>(ends_[0], ends_[1]); }
std::unique_ptr<ssh::Packets> PacketsPair::server() { return std::make_unique<Side>(ends_[1], ends_[0]); }

void PacketsPair::narrow(std::size_t side, std::size_t bytes) {
  ends_[1 - side].room = bytes;
  ends_[side].writable.notify_all();
}

void PacketsPair::end_key_exchange(std::size_t side) {
  auto& end = ends_[side];
  if (!std::exchange(end.in_key_exchange, false)) return;
  ++end.key_exchanges;
  end.readable.notify_all();  // its last message has come
}

bool PacketsPair::is_quiet() const {
  return std::ranges::all_of(ends_,
                             [](const End& end) { return end.outgoing.empty() && end.incoming.empty(); });
}

}  // namespace towline::doubles
