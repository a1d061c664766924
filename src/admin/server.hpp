// The admin server: health, status and metrics over HTTP, on a thread of its own so that it can tell when a
// session loop is stuck.
#pragma once

#include "admin/options.hpp"
#include "async/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace towline::observe {
class Board;
class Metrics;
}  // namespace towline::observe

namespace towline::admin {

// What a client may cost us.
struct Limits {
  std::chrono::milliseconds header_timeout{5'000};
  std::chrono::milliseconds idle_timeout{
      65'000};  // between requests; Prometheus' scrape_interval is 1 min by default
  std::chrono::milliseconds write_timeout{10'000};
  std::size_t connections_max = 64;  // one more, and the one that was silent longest is closed
  std::uint32_t header_bytes_max = 8'192;
};

// start() and stop() belong to one thread, the owner's. The board and the metrics outlive the server.
class Server {
 public:
  Server(Options options, observe::Board& board, observe::Metrics& metrics, Limits limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds, then serves until stop(). Errors are those of net::listen, with the address in the detail. Does
  // nothing where the options say off.
  Result<> start();

  // Closes every connection and joins the thread; harmless when not started.
  void stop();

  // The port it listens on; 0 when it does not.
  std::uint16_t port() const;

 private:
  class Loop;

  Options options_;
  observe::Board& board_;
  observe::Metrics& metrics_;
  Limits limits_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace towline::admin
