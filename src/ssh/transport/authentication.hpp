// User authentication (RFC 4252) by public key.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/secret.hpp"
#include "ssh/transport/transport.hpp"

#include <string>

namespace towline::ssh {

// Bounded by the caller's deadline. Errors: authentication_refused (the detail names the methods the server
// offers), key_file_invalid, peer_disconnected, transport_failed.
Task<Result<>> authenticate(Transport& transport, const std::string& user, const Secret& private_key);

}  // namespace towline::ssh
