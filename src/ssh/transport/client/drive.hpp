// How a libssh2 call that wants more input is repeated. Included by the files of this folder only.
#pragma once

#include "ssh/transport/client/client_transport.hpp"

#include <libssh2.h>

namespace towline::ssh {

template <class Call>
Task<int> ClientTransport::drive(Call call) {
  for (;;) {
    budget_ = std::size_t{1} << 30U;
    wire_is_empty_ = false;
    const int rc = call();
    const auto flushed = co_await flush_all();
    if (rc != LIBSSH2_ERROR_EAGAIN) co_return rc;
    if (!flushed) {
      wire_is_empty_ = false;
      call();  // reads what the server has said before it hung up
      co_return LIBSSH2_ERROR_SOCKET_SEND;
    }
    if (!wire_is_empty_) continue;  // some ciphers ask again although the wire still has bytes
    if (co_await wire_->wait_readable()) co_return LIBSSH2_ERROR_SOCKET_RECV;
  }
}

}  // namespace towline::ssh
