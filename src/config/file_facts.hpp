// What the file system says about a file the configuration names, and what is wrong with it. load() is given
// a function that asks, so that its decisions are tested without files.
#pragma once

#include "config/problem.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace towline::config {

enum class FileKind {
  regular,
  directory,
  null_device,  // /dev/null
  other,        // a pipe, a socket, another device
  absent,
  hidden,  // a folder above it is closed to us
};

struct FileFacts {
  FileKind kind = FileKind::absent;
  bool readable = false;  // by our effective uid and gid
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0;  // permission bits
  uid_t our_uid = 0;
  gid_t our_gid = 0;
  bool writable = false;  // a file: it can be written; a directory: files can be made in it
  bool link = false;      // the path itself is a symbolic link; the rest is about what it leads to
};

using InspectFile = std::function<FileFacts(const std::string& path)>;

// Follows symbolic links, opens nothing.
FileFacts inspect_file(const std::string& path);

// "owner 0:0, mode 0600, but we are 1000:1000"
std::string access_text(const FileFacts& facts);

// `path`, which `variable` names, must be a regular file that we can read; false, and a problem, if it is
// not.
bool check_file(std::string_view variable, const std::string& path, const InspectFile& inspect,
                Findings& findings);

// The same, or a folder that we can read.
bool check_file_or_folder(std::string_view variable, const std::string& path, const InspectFile& inspect,
                          Findings& findings);

// What is at `path`, where a file of ours is to be made or replaced (app::OwnFile): nothing if it may be,
// else for example "is a directory".
std::string in_the_way_of_our_file(const FileFacts& facts);

}  // namespace towline::config
