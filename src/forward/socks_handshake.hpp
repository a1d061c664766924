// A SOCKS client's request, read from its socket without a byte too many.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "forward/socks.hpp"
#include "net/stream.hpp"

#include <string_view>

namespace towline::forward::socks {

// Negotiates until the request is there; what the client has sent behind it stays in the socket. Errors:
// socks::errc (the refusal has been sent), the system's, operation_aborted.
Task<Result<Request>> read_request(net::Stream& socket, Deadline deadline);

// Sends a reply, which the kernel has room for or the client is gone.
error_code send_reply(net::Stream& socket, std::string_view bytes);

// Closes in a way that lets the client read the last reply: after its own end, or at `deadline`. Does not
// wait where the coroutine has been cancelled.
Task<> close_after_reply(net::Stream& socket, Deadline deadline);

}  // namespace towline::forward::socks
