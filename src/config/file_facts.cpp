#include "config/file_facts.hpp"

#include "config/path_text.hpp"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utility>

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

std::string id_pair(uid_t uid, gid_t gid) { return std::to_string(uid) + ':' + std::to_string(gid); }

std::string we_are(const FileFacts& facts) { return id_pair(facts.our_uid, facts.our_gid); }

// The number of the owner is what a compose file and `docker run` ask for.
std::string make_readable(const FileFacts& facts) {
  if (facts.owner == facts.our_uid) return "chmod u+r it";
  const auto owner = id_pair(facts.owner, facts.group);
  return "run towline as its owner (compose: user: \"" + owner + "\", docker run --user " + owner +
         ") or give it to this user: chown " + id_pair(facts.our_uid, facts.our_gid);
}

Problem nothing_to_show(std::string_view variable) {
  constexpr std::string_view suffix = "_FILE";
  const bool has_sibling = variable.ends_with(suffix) && variable != "SSH_JUMP_KEY_FILE" &&
                           variable != "TOWLINE_PASSWORDS_FILE" && variable != "TOWLINE_AUTH_CA_FILE";
  const std::string sibling(variable.substr(0, variable.size() - (has_sibling ? suffix.size() : 0)));
  return {ProblemKind::missing_file, std::string(variable),
          "there is no such file (the value is not shown: it may be a secret)",
          "write the path of a file" + (has_sibling ? ", or set " + sibling + " to the text itself" : "")};
}

// Nothing for a regular file that we can read. `path`: as far as it may be shown.
std::optional<Problem> unusable(std::string_view variable, const std::string& path, const FileFacts& facts) {
  if (facts.kind == FileKind::absent && path.empty()) return nothing_to_show(variable);
  const auto problem = [&](const std::string& wrong, const std::string& right) {
    return Problem{ProblemKind::missing_file, std::string(variable), in_quotes(path) + ' ' + wrong, right};
  };
  switch (facts.kind) {
    case FileKind::absent:
      return problem("does not exist", path.starts_with('~') ? "write it without ~, which only a shell knows"
                                                             : "mount the file there or name another path");
    case FileKind::directory:
      return problem("is a directory",
                     "name a file; an engine makes a directory of a bind mount whose source is missing");
    case FileKind::null_device:
    case FileKind::other: return problem("is not a regular file", "name a regular file");
    case FileKind::hidden:
      return problem("lies in a folder that is closed to us (we are " + we_are(facts) + ")",
                     "open the folders above it to this user or run as another one");
    case FileKind::regular: break;
  }
  if (facts.readable) return std::nullopt;
  return problem("cannot be read (" + access_text(facts) + ")", make_readable(facts));
}

}  // namespace

FileFacts inspect_file(const std::string& path) {
  FileFacts facts;
  facts.our_uid = geteuid();
  facts.our_gid = getegid();
  struct stat status{};
  facts.link = lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
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
  return "owner " + id_pair(facts.owner, facts.group) + ", mode " + octal(facts.mode) + ", but we are " +
         id_pair(facts.our_uid, facts.our_gid);
}

bool check_file(std::string_view variable, const std::string& path, const InspectFile& inspect,
                Findings& findings) {
  auto problem = unusable(variable, showable_path(path, inspect), inspect(path));
  if (!problem) return true;
  findings.problems.push_back(*std::move(problem));
  return false;
}

bool check_file_or_folder(std::string_view variable, const std::string& path, const InspectFile& inspect,
                          Findings& findings) {
  const auto facts = inspect(path);
  if (facts.kind != FileKind::directory) return check_file(variable, path, inspect, findings);
  if (facts.readable) return true;
  findings.problems.push_back({ProblemKind::missing_file, std::string(variable),
                               in_quotes(path) + " cannot be read (" + access_text(facts) + ')',
                               make_readable(facts)});
  return false;
}

std::string in_the_way_of_our_file(const FileFacts& facts) {
  if (facts.link) return "is a symbolic link";
  switch (facts.kind) {
    case FileKind::directory: return "is a directory";
    case FileKind::null_device:
    case FileKind::other: return "is not a regular file";
    case FileKind::regular:
    case FileKind::absent:
    case FileKind::hidden: break;
  }
  return {};
}

}  // namespace towline::config
