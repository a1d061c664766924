// The files of those who may log in, read whole. Takes the time that the file system wants: for another
// thread than a session's.
#pragma once

#include "ssh/auth/server/known_users.hpp"
#include "ssh/auth/server/options.hpp"

#include <string>
#include <vector>

namespace towline::ssh {

struct ReadUsers {
  KnownUsers users;
  std::vector<std::string> problems;  // a line of the log each
  bool whole = true;                  // false: a file could not be read, and lets nobody in
};

// `authorized_keys` may be a folder, of which each file that is_user_file() is for the user of its name
// alone. Bounds: 4 MiB for a file, 64 KiB for one of a folder, 16,384 files in it.
ReadUsers read_users(const LoginOptions& options);

// Another one after a change of what read_users() reads: names, sizes, times and inodes. Empty where all of
// it is inline.
std::string users_stamp(const LoginOptions& options);

}  // namespace towline::ssh
