#include "config/file_facts.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace towline::config {

namespace {

FileKind kind_of(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return FileKind::regular;
  if (S_ISDIR(status.st_mode)) return FileKind::directory;
  // Linux, Documentation/admin-guide/devices.txt: character device 1:3.
  if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return FileKind::null_device;
  return FileKind::other;
}

std::string octal(mode_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3) digits += static_cast<char>('0' + ((mode >> shift) & 7U));
  return digits;
}

}  // namespace

FileFacts inspect_file(const std::string& path) {
  FileFacts facts;
  facts.our_uid = geteuid();
  facts.our_gid = getegid();
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    facts.kind = errno == EACCES ? FileKind::hidden : FileKind::absent;
    return facts;
  }
  facts.kind = kind_of(status);
  facts.owner = status.st_uid;
  facts.group = status.st_gid;
  facts.mode = status.st_mode & 07777U;
  facts.readable = faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0;
  const int writing = facts.kind == FileKind::directory ? W_OK | X_OK : W_OK;
  facts.writable = faccessat(AT_FDCWD, path.c_str(), writing, AT_EACCESS) == 0;
  return facts;
}

std::string access_text(const FileFacts& facts) {
  const auto pair = [](auto uid, auto gid) { return std::to_string(uid) + ':' + std::to_string(gid); };
  return "owner " + pair(facts.owner, facts.group) + ", mode " + octal(facts.mode) + ", but we are " +
         pair(facts.our_uid, facts.our_gid);
}

}  // namespace towline::config
