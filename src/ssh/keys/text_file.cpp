#include "ssh/keys/text_file.hpp"

#include "net/error.hpp"
#include "text/file.hpp"

#include <cerrno>
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace towline::ssh {

namespace {

std::string who_may_read(const std::string& path, const boost::system::error_code& why) {
  struct stat facts{};
  char text[160];
  if (::stat(path.c_str(), &facts) != 0) return path + ": " + why.message();
  std::snprintf(text, sizeof text, ": %s (owner %u:%u, mode %04o; running as %u:%u)", why.message().c_str(),
                facts.st_uid, facts.st_gid, facts.st_mode & 07777U, ::geteuid(), ::getegid());
  return path + text;
}

}  // namespace

Result<text::Secret> read_text_file(const std::string& path, errc unreadable, errc invalid,
                                    std::size_t octets_max) {
  auto file = text::read_file(path, octets_max + 1);
  const auto why = file.error;
  if (net::is_resource_shortage(why)) return Failure{why, path};
  if (why == boost::system::errc::is_a_directory) return Failure{invalid, path + ": it is a directory"};
  if (why == boost::system::errc::not_supported) return Failure{invalid, path + ": it is not a regular file"};
  if (why) return Failure{unreadable, who_may_read(path, why)};
  if (file.text.reveal().size() > octets_max)
    return Failure{invalid, path + (octets_max == key_file_octets_max ? ": it is larger than any key"
                                                                      : ": it is too large")};
  return std::move(file.text);
}

Result<text::Secret> read_text(const TextSource& source, errc unreadable, errc invalid) {
  if (!source.file.empty()) return read_text_file(source.file, unreadable, invalid);
  return source.text ? text::Secret(std::string(source.text->reveal())) : text::Secret();
}

}  // namespace towline::ssh
