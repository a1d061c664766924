// A visitor's ClientHello, looked at and left where it was.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "expose/tls/client_hello.hpp"
#include "expose/tls/line.hpp"

#include <cstdint>
#include <span>

namespace towline::expose::tls {

// `scratch` is used between two waits. Errors: the line's, its end, or errc::protocol_error for what is no
// ClientHello. Unbounded in time.
Task<Result<ClientHello>> read_client_hello(PlainLine& line, std::span<std::uint8_t> scratch);

}  // namespace towline::expose::tls
