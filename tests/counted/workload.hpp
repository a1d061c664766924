// A session with a server in memory, and connections that it carries.
#pragma once

#include "counted/calls.hpp"
#include "forward/pump.hpp"
#include "observe/metrics.hpp"
#include "unit/ssh/client/session_talk.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::counted {

class Workload {
 public:
  enum class Direction { down, up };
  static constexpr std::size_t packet = 32 * 1024;

  Workload();
  ~Workload() { talk_.stop(); }
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // One more connection of TCP that is pumped; the last is the one that is used.
  void connect();

  // From the server to the client or the other way round, in full packets; whoever reads keeps up.
  void transfer(Direction direction, std::size_t bytes);

  // What the transfers took, the ends of the test left out.
  const Calls& spent() const { return spent_; }
  std::size_t wire_reads() const { return talk_.server.reads() - reads_before_; }
  std::size_t wire_writes() const { return talk_.server.writes() - writes_before_; }
  void forget_spent();

 private:
  using Socket = asio::ip::tcp::socket;
  struct Joined {
    explicit Joined(asio::io_context& io) : near(io), far(io) {}
    std::optional<ssh::Channel> channel;
    net::Stream near;
    Socket far;
    std::optional<forward::PumpResult> result;
  };

  void turn();
  void down(std::size_t bytes);
  void up(std::size_t bytes);

  const observe::ForwardTraits traits_{
      .name = "db", .mode = "local", .listen = {}, .target = {}, .server = {}, .rx_deadline = {}};
  observe::Metrics metrics_;
  forward::Scratch scratch_{};
  ssh::SessionTalk talk_;
  asio::ip::tcp::acceptor acceptor_;
  std::vector<std::unique_ptr<Joined>> joined_;
  const std::string full_packet_;
  std::vector<char> far_reads_;
  Calls spent_;
  std::size_t reads_before_ = 0;
  std::size_t writes_before_ = 0;
};

}  // namespace towline::counted
