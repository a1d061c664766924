// A key of our own, in the form of a file of ssh-keygen.
#pragma once

#include "async/result.hpp"
#include "text/secret.hpp"

namespace towline::ssh {

// A new Ed25519 key in OpenSSH's format (PROTOCOL.key), not encrypted. Errors: key_file_invalid, where
// OpenSSL makes none.
Result<text::Secret> new_ed25519_key();

}  // namespace towline::ssh
