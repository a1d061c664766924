#include "net/stream.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace towline::net {

namespace {

asio::generic::stream_protocol::endpoint remote_endpoint(const Stream& stream) {
  error_code gone;
  return stream.remote_endpoint(gone);
}

bool is_ip(int family) { return family == AF_INET || family == AF_INET6; }

HostPort host_port(const asio::generic::stream_protocol::endpoint& any) {
  if (!is_ip(any.protocol().family())) return {};
  asio::ip::tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), any.data(), std::min(any.size(), endpoint.capacity()));
  return {endpoint.address().to_string(), endpoint.port()};
}

}  // namespace

bool is_tcp(const Stream& stream) {
  error_code closed;
  return is_ip(stream.local_endpoint(closed).protocol().family());
}

HostPort peer_of(const Stream& stream) { return host_port(remote_endpoint(stream)); }

HostPort local_of(const Stream& stream) {
  error_code gone;
  return host_port(stream.local_endpoint(gone));
}

HostPort local_of(const Acceptor& acceptor) {
  error_code closed;
  return host_port(acceptor.local_endpoint(closed));
}

bool has_hung_up(Stream& stream) {
  pollfd looked_at{.fd = stream.native_handle(), .events = 0, .revents = 0};
  return ::poll(&looked_at, 1, 0) == 1 && (looked_at.revents & (POLLERR | POLLHUP)) != 0;
}

void reset(Stream& stream) {
  error_code ignored;
  stream.set_option(asio::socket_base::linger(true, 0), ignored);
  stream.close(ignored);
}

}  // namespace towline::net
