// Small files that people mount: keys, certificates, passwords.
#pragma once

#include "async/result.hpp"
#include "ssh/keys/text_source.hpp"
#include "ssh/wire/error.hpp"
#include "text/secret.hpp"

#include <cstddef>
#include <string>

namespace towline::ssh {

// Larger than any key; a file beyond it was mounted by mistake.
constexpr std::size_t key_file_octets_max = 64 * 1024;

// Reads without ever waiting (a fifo is refused). Errors: `unreadable`, with path, owner, mode and our
// uid:gid; `invalid` for a directory, a device and a file of more than `octets_max`; the system's where
// is_resource_shortage().
Result<text::Secret> read_text_file(const std::string& path, errc unreadable, errc invalid,
                                    std::size_t octets_max = key_file_octets_max);

// The text of a source: the file's, or the one given inline.
Result<text::Secret> read_text(const TextSource& source, errc unreadable, errc invalid);

}  // namespace towline::ssh
