// The byte transport below SSH: TCP to the server, or a channel of a jump host.
#pragma once

#include "async/task.hpp"

#include <boost/asio/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace towline::net {

// What one non-blocking read or write did: bytes moved, or else the reason why none were.
struct IoResult {
  std::size_t bytes = 0;
  error_code error;

  bool would_block() const { return error == asio::error::would_block; }
  bool eof() const { return error == asio::error::eof; }
};

// Not thread-safe; use on the session's io_context.
class Wire {
 public:
  virtual ~Wire() = default;

  // Never wait: would_block when there is nothing to read or no room to write. read_some says eof at the
  // peer's end; any other error is final, and both say it from then on. An empty span moves 0 bytes without
  // an error.
  virtual IoResult read_some(std::span<std::uint8_t> into) = 0;
  virtual IoResult write_some(std::span<const std::uint8_t> from) = 0;

  // Return when the next call may move bytes or report the end; operation_aborted when cancelled or closed.
  // One reader and one writer may wait at a time.
  virtual Task<error_code> wait_readable() = 0;
  virtual Task<error_code> wait_writable() = 0;

  // The least time to the peer and back that was seen lately; zero where it is not known.
  virtual std::chrono::steady_clock::duration round_trip() const { return {}; }

  // Ends both directions and wakes the waiters. `close` lets what was written arrive; `abort` throws it away
  // and tells the peer at once (TCP: RST). Both may be called again.
  virtual void close() = 0;
  virtual void abort() = 0;
};

}  // namespace towline::net
