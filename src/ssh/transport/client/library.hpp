// The process-wide part of libssh2 and OpenSSL. One object, made first in app/ and destroyed last.
#pragma once

namespace towline::ssh {

// OpenSSL is started without a configuration file, so that it never loads a module into a static binary.
// Construct before any other use of OpenSSL in the process.
class Library {
 public:
  Library();
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

// "1.11.1_DEV" style version texts for `towline version`.
const char* libssh2_version_text();
const char* crypto_version_text();

}  // namespace towline::ssh
