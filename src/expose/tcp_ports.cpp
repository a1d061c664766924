#include "expose/tcp_ports.hpp"

#include "async/wait.hpp"
#include "net/error.hpp"
#include "net/listen.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace towline::expose {

using std::chrono::steady_clock;

namespace {

// Of a range, before none of it counts as free.
constexpr int free_port_tries = 100;

constexpr std::chrono::milliseconds port_accept_pause{100};

}  // namespace

TcpPorts::TcpPorts(asio::any_io_executor executor, std::string bind, const net::Resolver& resolver,
                   Arrived arrived)
    : executor_(executor),
      bind_(std::move(bind)),
      resolver_(resolver),
      arrived_(std::move(arrived)),
      tasks_(executor) {}

Task<Result<std::uint16_t>> TcpPorts::open(std::uint16_t port, PortRange range, Deadline deadline) {
  if (port == 0) co_return co_await open_any(range, deadline);
  if (ports_.contains(port)) co_return port;
  auto listening = co_await net::listen({bind_, port}, resolver_, deadline);
  if (!listening) co_return listening.error();
  co_return add(std::move(*listening));
}

std::uint16_t TcpPorts::add(net::Listening listening) {
  const auto port = listening.port;
  if (ports_.contains(port)) return port;  // meanwhile, where the address is a name
  auto opened = std::make_shared<Port>(executor_, port);
  for (auto& acceptor : listening.acceptors) opened->acceptors.emplace_back(std::move(acceptor));
  ports_.emplace(port, opened);
  tasks_.spawn(keep(std::move(opened)));
  return port;
}

// One that connections from here are not given, if there is any in the range; else by chance.
Task<Result<std::uint16_t>> TcpPorts::open_any(PortRange range, Deadline deadline) {
  auto free = co_await net::listen({bind_, 0}, resolver_, deadline);
  if (free && range.contains(free->port)) co_return add(std::move(*free));
  std::uniform_int_distribution<unsigned> any(range.first, range.last);
  Result<std::uint16_t> opened = Failure(error_code(asio::error::address_in_use));
  for (int i = 0; i < free_port_tries && !opened && !co_await cancelled(); ++i) {
    const auto port = static_cast<std::uint16_t>(any(random_));
    if (ports_.contains(port)) continue;
    opened = co_await open(port, range, deadline);
    if (!opened && opened.error().code != asio::error::address_in_use) break;
  }
  co_return opened;
}

void TcpPorts::close(std::uint16_t port) {
  const auto found = ports_.find(port);
  if (found == ports_.end()) return;
  auto closing = std::exchange(found->second, nullptr);
  ports_.erase(found);
  closing->over = true;
  error_code ignored;
  for (auto& acceptor : closing->acceptors) acceptor.close(ignored);
  closing->closed.notify_all();
}

void TcpPorts::close_all() {
  while (!ports_.empty()) close(ports_.begin()->first);
}

Task<> TcpPorts::join() {
  while (tasks_.size() > 0) co_await tasks_.join();
}

Task<> TcpPorts::keep(std::shared_ptr<Port> port) {
  TaskGroup accepting(executor_);
  for (auto& acceptor : port->acceptors) accepting.spawn(accept_all(port, acceptor));
  while (!port->over) co_await port->closed.wait();
  accepting.cancel();
  while (accepting.size() > 0) co_await accepting.join();
}

Task<> TcpPorts::accept_all(std::shared_ptr<Port> port, net::Acceptor& acceptor) {
  while (!port->over && !co_await cancelled()) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (!ec) {
      arrived_(std::move(socket), port->number);
    } else if (net::is_resource_shortage(ec)) {
      if (co_await sleep_until(steady_clock::now() + port_accept_pause)) co_return;
    }
  }
}

}  // namespace towline::expose
