#include "text/file.hpp"

#include "text/secret_bytes.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace towline::text {

namespace {

FileText failed(int error) { return {.error = {error, boost::system::system_category()}}; }

}  // namespace

FileText read_rest(int descriptor, std::size_t limit) {
  constexpr std::size_t step = 16 * 1024;
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0) return failed(errno);
  if (!S_ISREG(facts.st_mode)) return failed(S_ISDIR(facts.st_mode) ? EISDIR : ENOTSUP);
  std::vector<char, WipingAllocator<char>> text;
  ssize_t n = 1;
  for (std::size_t size = 0; n > 0 && size < limit; text.resize(size)) {
    text.resize(size + std::min(step, limit - size));
    n = ::read(descriptor, text.data() + size, text.size() - size);
    if (n < 0) return failed(errno);
    size += static_cast<std::size_t>(n);
  }
  return {.text = Secret(std::string(text.begin(), text.end()))};
}

FileText read_file(const std::string& path, std::size_t limit) {
  // Not blocking: to open a fifo that nobody writes to would wait for ever.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) return failed(errno);
  auto read = read_rest(descriptor, limit);
  ::close(descriptor);
  return read;
}

}  // namespace towline::text
