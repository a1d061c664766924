// Small files that people mount: keys, certificates, passwords.
#pragma once

#include "async/result.hpp"
#include "ssh/keys/text_source.hpp"
#include "ssh/wire/error.hpp"
#include "text/secret.hpp"

#include <string>

namespace towline::ssh {

// Reads without ever waiting (a fifo is refused). Errors: `unreadable`, with path, owner, mode and our
// uid:gid; `invalid` for a directory, a device and a file larger than 64 KiB; the system's where
// is_resource_shortage().
Result<text::Secret> read_text_file(const std::string& path, errc unreadable, errc invalid);

// The text of a source: the file's, or the one given inline.
Result<text::Secret> read_text(const TextSource& source, errc unreadable, errc invalid);

}  // namespace towline::ssh
