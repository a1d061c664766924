// The TCP ports that clients have asked for, where visitors connect.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "expose/names/options.hpp"
#include "net/listen.hpp"
#include "net/resolve.hpp"
#include "net/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace towline::expose {

// Not thread-safe; use on its io_context. `resolver` outlives it. close_all() and join() before it goes.
class TcpPorts {
 public:
  using Arrived = std::function<void(net::Stream socket, std::uint16_t port)>;

  // `bind`: the address; "" is every one of both families.
  TcpPorts(asio::any_io_executor executor, std::string bind, const net::Resolver& resolver, Arrived arrived);

  // Listens at `port`, or, where that is 0, at a free one of `range`. One that is open already is. Errors:
  // those of net::listen.
  Task<Result<std::uint16_t>> open(std::uint16_t port, PortRange range, Deadline deadline);
  // Gives it back at once; who has been taken in is untouched.
  void close(std::uint16_t port);
  void close_all();
  Task<> join();

  std::size_t size() const { return ports_.size(); }

 private:
  struct Port {
    Port(const asio::any_io_executor& executor, std::uint16_t n) : number(n), closed(executor) {}

    std::uint16_t number;
    std::vector<net::Acceptor> acceptors{};
    bool over = false;
    Event closed;
  };

  std::uint16_t add(net::Listening listening);
  Task<Result<std::uint16_t>> open_any(PortRange range, Deadline deadline);
  Task<> keep(std::shared_ptr<Port> port);
  Task<> accept_all(std::shared_ptr<Port> port, net::Acceptor& acceptor);

  asio::any_io_executor executor_;
  std::string bind_;
  const net::Resolver& resolver_;
  Arrived arrived_;
  std::map<std::uint16_t, std::shared_ptr<Port>> ports_;
  std::minstd_rand random_{std::random_device{}()};
  TaskGroup tasks_;
};

}  // namespace towline::expose
