// Private keys as people mount them: repaired where the damage is harmless, named where it is not.
#pragma once

#include "async/result.hpp"
#include "ssh/secret.hpp"

#include <string>
#include <string_view>

namespace towline::ssh {

// The key's text as a parser wants it: blank lines, blanks around a line, CRLF, literal "\n", a missing last
// newline and one layer of base64 around the whole file are undone. Errors: key_file_invalid (the detail says
// what the text looks like instead), key_file_needs_passphrase. Pure.
Result<Secret> repair_private_key(std::string_view text);

// Reads and repairs, without ever waiting. Errors: key_file_unreadable with owner, mode and our uid:gid,
// key_file_invalid for what is no regular file, and those of the repair.
Result<Secret> read_private_key(const std::string& path);

// "SHA256:…" of the public half, as ssh-keygen -l prints it; empty for formats that do not show it.
std::string public_fingerprint(const Secret& key);

}  // namespace towline::ssh
