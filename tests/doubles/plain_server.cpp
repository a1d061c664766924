#include "doubles/plain_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <chrono>

namespace towline::doubles {

namespace {

// RFC 4253, 6: length, padding length, payload, padding; eight bytes are one block where there is no cipher.
constexpr std::size_t block = 8;
constexpr std::size_t header = 5;
constexpr std::size_t padding_min = 4;

}  // namespace

class PlainServer::PlainWire final : public net::Wire {
 public:
  explicit PlainWire(PlainServer& server) : server_(server) {}

  net::IoResult read_some(std::span<std::uint8_t> into) override {
    auto& from = server_.inbound_;
    if (server_.left_) return {0, asio::error::bad_descriptor};
    if (from.empty()) return {0, server_.hung_up_ ? asio::error::eof : error_code(asio::error::would_block)};
    const auto n = std::min(into.size(), from.size());
    ++server_.reads_;
    std::copy_n(from.begin(), n, into.begin());
    from.erase(0, n);
    return {n, {}};
  }

  net::IoResult write_some(std::span<const std::uint8_t> from) override {
    if (server_.left_) return {0, asio::error::bad_descriptor};
    ++server_.writes_;
    const auto n = std::min(from.size(), server_.room_);
    if (n == 0 && !from.empty()) return {0, asio::error::would_block};
    server_.outbound_.append(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(n));
    server_.room_ -= n;
    return {n, {}};
  }

  Task<error_code> wait_readable() override {
    while (server_.inbound_.empty() && !server_.hung_up_) {
      if (server_.left_) co_return asio::error::operation_aborted;
      if (auto ec = co_await server_.readable_.wait()) co_return ec;
    }
    co_return error_code{};
  }

  Task<error_code> wait_writable() override {
    while (server_.room_ == 0) {
      if (server_.left_) co_return asio::error::operation_aborted;
      if (auto ec = co_await server_.writable_.wait()) co_return ec;
    }
    co_return error_code{};
  }

  std::chrono::steady_clock::duration round_trip() const override { return std::chrono::milliseconds(1); }

  void close() override {
    server_.left_ = true;
    server_.readable_.notify_all();
    server_.writable_.notify_all();
  }
  void abort() override { close(); }

 private:
  PlainServer& server_;
};

std::unique_ptr<ssh::ClientTransport> PlainServer::new_transport() {
  return std::make_unique<ssh::ClientTransport>(std::make_unique<PlainWire>(*this));
}

std::unique_ptr<ssh::ClientTransport> PlainServer::transport() {
  auto transport = new_transport();
  // libssh2 hands no message on before the first key exchange is over, and a goodbye ends that too.
  transport->disconnect("");
  (void)transport->flush();
  outbound_.clear();
  return transport;
}

void PlainServer::says(std::span<const std::uint8_t> message) {
  const auto unpadded = header + message.size() + padding_min;
  const auto padding = padding_min + (block - unpadded % block) % block;
  std::uint8_t head[header];
  boost::endian::store_big_u32(head, static_cast<std::uint32_t>(1 + message.size() + padding));
  head[4] = static_cast<std::uint8_t>(padding);
  inbound_.append(head, head + header);
  inbound_.append(message.begin(), message.end());
  inbound_.append(padding, '\0');
  readable_.notify_all();
}

void PlainServer::says_raw(std::string_view bytes) {
  inbound_ += bytes;
  readable_.notify_all();
}

void PlainServer::hangs_up() {
  hung_up_ = true;
  readable_.notify_all();
}

std::vector<std::vector<std::uint8_t>> PlainServer::heard() {
  std::vector<std::vector<std::uint8_t>> all;
  while (outbound_.size() >= header) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(outbound_.data());
    const std::size_t length = boost::endian::load_big_u32(bytes);
    if (outbound_.size() < sizeof(std::uint32_t) + length) break;
    all.emplace_back(bytes + header, bytes + sizeof(std::uint32_t) + length - bytes[4]);
    outbound_.erase(0, sizeof(std::uint32_t) + length);
  }
  return all;
}

void PlainServer::takes(std::size_t bytes) {
  room_ = bytes;
  writable_.notify_all();
}

}  // namespace towline::doubles
