// Private keys as people mount them: repaired where the damage is harmless, named where it is not.
#pragma once

#include "async/result.hpp"
#include "ssh/keys/signing_key.hpp"
#include "ssh/keys/text_source.hpp"
#include "text/secret.hpp"

#include <string>
#include <string_view>

namespace towline::ssh {

// The key's text as a parser wants it: blank lines, blanks around a line, CRLF, literal "\n", lines joined by
// blanks, a missing last newline, a byte order mark, quotes around it and one layer of base64 around the
// whole file are undone. Error: key_file_invalid (the detail says what the text looks like instead). Pure.
Result<text::Secret> repair_private_key(std::string_view text);

// Reads, repairs and decrypts, without ever waiting for somebody. Errors: key_file_unreadable with owner,
// mode and our uid:gid, key_file_invalid, key_file_needs_passphrase, passphrase_wrong; the detail names the
// source.
Result<SigningKey> read_private_key(const TextSource& source, std::string_view passphrase);

// What a message calls the source: its path, or that it was given inline.
std::string name_of(const TextSource& source);

}  // namespace towline::ssh
