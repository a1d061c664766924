#include "doubles/wire_pair.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace towline::doubles {

namespace {

// As a socket's buffer.
constexpr std::size_t on_the_way_max = 128 * 1024;

}  // namespace

class WirePair::Side final : public net::Wire {
 public:
  Side(End& self, End& peer) : self_(self), peer_(peer) {}
  ~Side() override { Side::close(); }

  net::IoResult read_some(std::span<std::uint8_t> into) override {
    if (self_.left) return {0, asio::error::bad_descriptor};
    auto& from = self_.incoming;
    if (from.empty()) return {0, self_.hung_up ? asio::error::eof : error_code(asio::error::would_block)};
    const auto n = std::min(into.size(), from.size());
    std::copy_n(from.begin(), n, into.begin());
    from.erase(0, n);
    peer_.writable.notify_all();
    return {n, {}};
  }

  net::IoResult write_some(std::span<const std::uint8_t> from) override {
    if (self_.left) return {0, asio::error::bad_descriptor};
    if (peer_.left) return {0, asio::error::broken_pipe};
    const auto n = std::min(from.size(), on_the_way_max - std::min(on_the_way_max, peer_.incoming.size()));
    if (n == 0 && !from.empty()) return {0, asio::error::would_block};
    peer_.incoming.append(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(n));
    peer_.readable.notify_all();
    return {n, {}};
  }

  Task<error_code> wait_readable() override {
    while (self_.incoming.empty() && !self_.hung_up) {
      if (self_.left) co_return asio::error::operation_aborted;
      if (auto ec = co_await self_.readable.wait()) co_return ec;
    }
    co_return error_code{};
  }
  Task<error_code> wait_writable() override {
    while (peer_.incoming.size() >= on_the_way_max && !peer_.left) {
      if (self_.left) co_return asio::error::operation_aborted;
      if (auto ec = co_await self_.writable.wait()) co_return ec;
    }
    co_return error_code{};
  }

  void close() override {
    self_.left = true;
    peer_.hung_up = true;
    for (auto* event : {&self_.readable, &self_.writable, &peer_.readable, &peer_.writable})
      event->notify_all();
  }
  void abort() override { close(); }

 private:
  End& self_;
  End& peer_;
};

std::unique_ptr<net::Wire> WirePair::wire(std::size_t side) {
  return std::make_unique<Side>(ends_[side], ends_[1 - side]);
}

void WirePair::give(std::size_t side, std::string_view bytes) {
  ends_[side].incoming += bytes;
  ends_[side].readable.notify_all();
}

void WirePair::hang_up(std::size_t side) {
  ends_[side].hung_up = true;
  ends_[side].readable.notify_all();
}

}  // namespace towline::doubles
