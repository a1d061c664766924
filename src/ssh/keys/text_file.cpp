#include "ssh/keys/text_file.hpp"

#include "net/error.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace towline::ssh {

namespace {

boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

// Larger than any key; a file beyond it was mounted by mistake.
constexpr std::size_t size_max = 64 * 1024;

std::string who_may_read(const std::string& path, int error) {
  struct stat facts{};
  char text[160];
  if (::stat(path.c_str(), &facts) != 0) {
    return path + ": " + boost::system::error_code(error, boost::system::system_category()).message();
  }
  std::snprintf(text, sizeof text, ": %s (owner %u:%u, mode %04o; running as %u:%u)",
                boost::system::error_code(error, boost::system::system_category()).message().c_str(),
                facts.st_uid, facts.st_gid, facts.st_mode & 07777U, ::geteuid(), ::getegid());
  return path + text;
}

}  // namespace

Result<text::Secret> read_text_file(const std::string& path, errc unreadable, errc invalid) {
  // Not blocking: to open a fifo that nobody writes to would wait for ever.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0 && net::is_resource_shortage(last_error())) return Failure{last_error(), path};
  if (fd < 0) return Failure{unreadable, who_may_read(path, errno)};
  struct stat facts{};
  if (::fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode)) {
    ::close(fd);
    return Failure{invalid,
                   path + (S_ISDIR(facts.st_mode) ? ": it is a directory" : ": it is not a regular file")};
  }
  std::string text(size_max + 1, '\0');
  std::size_t size = 0;
  ssize_t n = 0;
  while (size < text.size() && (n = ::read(fd, text.data() + size, text.size() - size)) > 0) {
    size += static_cast<std::size_t>(n);
  }
  const int error = errno;
  ::close(fd);
  text.resize(size);
  text::Secret contents(std::move(text));
  if (n < 0) return Failure{unreadable, who_may_read(path, error)};
  if (size > size_max) return Failure{invalid, path + ": it is larger than any key"};
  return contents;
}

Result<text::Secret> read_text(const TextSource& source, errc unreadable, errc invalid) {
  if (!source.file.empty()) return read_text_file(source.file, unreadable, invalid);
  return source.text ? text::Secret(std::string(source.text->reveal())) : text::Secret();
}

}  // namespace towline::ssh
