#include "counted/workload.hpp"

#include "observe/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace towline::counted {

namespace {

using asio::ip::tcp;

// So much lies in the wire at a time: a turn, that a socket takes at once.
constexpr std::size_t packets_at_once = 7;
// More than any transfer here has.
constexpr std::uint32_t window = 0x7fffffff;

}  // namespace

Workload::Workload()
    : metrics_(observe::BuildInfo{}, {traits_}, observe::Log(observe::Options{}, [](std::string_view) {})),
      acceptor_(talk_.io, {asio::ip::address_v4::loopback(), 0}),
      full_packet_(packet, 'x'),
      far_reads_(packets_at_once * packet) {}

void Workload::connect() {
  auto& one = *joined_.emplace_back(std::make_unique<Joined>(talk_.io));
  one.channel.emplace(talk_.open_channel(window));
  one.far.connect(acceptor_.local_endpoint());
  one.far.non_blocking(true);
  one.near = acceptor_.accept();
  one.near.non_blocking(true);
  talk_.start(forward::pump(*one.channel, one.near, scratch_, metrics_.forward("db"), {}), one.result);
}

void Workload::transfer(Direction direction, std::size_t bytes) {
  if (direction == Direction::down) {
    down(bytes);
  } else {
    up(bytes);
  }
}

void Workload::forget_spent() {
  spent_ = {};
  reads_before_ = talk_.server.reads();
  writes_before_ = talk_.server.writes();
}

void Workload::turn() {
  const auto before = calls();
  talk_.turn();
  spent_ += calls() - before;
}

void Workload::down(std::size_t bytes) {
  const auto channel = static_cast<ssh::connection::ChannelId>(joined_.size() - 1);
  const auto message = ssh::connection::data(channel, full_packet_);
  const int far = joined_.back()->far.native_handle();
  for (std::size_t said = 0, got = 0; got < bytes;) {
    for (std::size_t i = 0; i < packets_at_once && said < bytes && said - got < packets_at_once * packet;
         ++i) {
      talk_.server.says(message.bytes());
      said += packet;
    }
    turn();
    const auto n = ::read(far, far_reads_.data(), far_reads_.size());
    if (n > 0) got += static_cast<std::size_t>(n);
    talk_.server.hears_nothing();
  }
}

void Workload::up(std::size_t bytes) {
  const int far = joined_.back()->far.native_handle();
  for (std::size_t put = 0; put < bytes;) {
    const auto n = ::write(far, full_packet_.data(), full_packet_.size());
    if (n > 0) {
      put += static_cast<std::size_t>(n);
    } else {
      turn();
      talk_.server.hears_nothing();
    }
  }
  turn();
  talk_.server.hears_nothing();
}

}  // namespace towline::counted

// "--work up|down MEGABYTES" does that and nothing else, for valgrind.
int main(int argc, char** argv) {
  using towline::counted::Workload;
  if (argc == 4 && std::string_view(argv[1]) == "--work") {
    Workload workload;
    workload.connect();
    workload.transfer(std::string_view(argv[2]) == "up" ? Workload::Direction::up : Workload::Direction::down,
                      std::strtoul(argv[3], nullptr, 10) * 1'000'000);
    return 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
