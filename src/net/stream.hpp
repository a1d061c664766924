// A connected stream socket of any family, TCP or unix: forwards join both to channels.
#pragma once

#include "async/task.hpp"
#include "net/host_port.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

namespace towline::net {

// Sockets and acceptors of asio::ip::tcp and asio::local::stream_protocol move into these; nothing is added
// on the way of a byte.
using Stream = asio::generic::stream_protocol::socket;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

bool is_tcp(const Stream& stream);

// Who is at the other end; an empty host for a unix socket, and for a peer that is gone.
HostPort peer_of(const Stream& stream);

// Where it was connected to or from, at our end; an empty host for a unix socket.
HostPort local_of(const Stream& stream);

// Where it is bound; an empty host for a unix socket.
HostPort local_of(const Acceptor& acceptor);

// Whether the peer has reset the connection, or, of a unix socket, has closed it. One that has only ended
// what it says has not: it may still read. Over TCP its close() looks the same.
bool has_hung_up(Stream& stream);

// Closes with RST, so that the peer does not take it for the orderly end. A unix socket knows no RST: its
// peer reads EOF.
void reset(Stream& stream);

}  // namespace towline::net
