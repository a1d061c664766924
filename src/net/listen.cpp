#include "net/listen.hpp"

#include "net/error.hpp"
#include "net/free_port.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/errc.hpp>

#include <cerrno>
#include <random>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace towline::net {

namespace {

using asio::ip::tcp;

bool family_is_missing(const error_code& ec) {
  return ec == asio::error::address_family_not_supported || ec == boost::system::errc::address_not_available;
}

std::string to_string(const tcp::endpoint& endpoint) {
  return net::to_string(HostPort{endpoint.address().to_string(), endpoint.port()});
}

error_code bind_and_listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code ec;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (!ec) acceptor.non_blocking(true, ec);
  return ec;
}

Result<Listening> listen_at(const asio::any_io_executor& executor, const Endpoints& addresses,
                            std::uint16_t port) {
  Listening listening;
  listening.port = port;
  Failure missing = errc::no_address;
  for (const tcp::endpoint& address : addresses) {
    const tcp::endpoint endpoint(address.address(), port);
    tcp::acceptor acceptor(executor);
    const error_code ec = bind_and_listen(acceptor, endpoint);
    if (ec && !family_is_missing(ec)) return Failure(ec, to_string(endpoint));
    if (ec) {
      missing = Failure(ec, to_string(endpoint));
      continue;
    }
    listening.acceptors.push_back(std::move(acceptor));
  }
  if (listening.acceptors.empty()) return missing;
  return listening;
}

// A port that the kernel chose would not be kept by stop_listening().
Result<Listening> listen_at_free_port(const asio::any_io_executor& executor, const Endpoints& addresses) {
  std::mt19937 random(std::random_device{}());
  Failure taken = error_code(asio::error::address_in_use);
  for (const auto port : ports_to_try(port_rules(), random)) {
    auto listening = listen_at(executor, addresses, port);
    if (listening || listening.error().code != asio::error::address_in_use) return listening;
    taken = listening.error();
  }
  return taken;
}

}  // namespace

Result<Listening> listen(const asio::any_io_executor& executor, const Endpoints& addresses,
                         std::uint16_t port) {
  return port == 0 ? listen_at_free_port(executor, addresses) : listen_at(executor, addresses, port);
}

Task<Result<Listening>> listen(HostPort where, const Resolver& resolver, Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const auto port = where.port;
  if (where.host.empty()) {
    const Endpoints every{{tcp::v6(), port}, {tcp::v4(), port}};
    co_return listen(executor, every, port);
  }
  auto addresses = co_await resolver.resolve(std::move(where), deadline);
  if (!addresses) co_return addresses.error();
  co_return listen(executor, *addresses, port);
}

error_code listen_again(Acceptor& acceptor) {
  error_code ec;
  acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.listen(Acceptor::max_listen_connections, ec);
  return ec;
}

error_code stop_listening(Acceptor& acceptor) {
  error_code ec;
  acceptor.set_option(asio::socket_base::reuse_address(false), ec);
  if (!ec && ::shutdown(acceptor.native_handle(), SHUT_RDWR) != 0)
    ec.assign(errno, boost::system::system_category());
  return ec;
}

}  // namespace towline::net
