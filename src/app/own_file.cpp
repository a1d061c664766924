#include "app/own_file.hpp"

#include "config/file_facts.hpp"
#include "config/path_text.hpp"
#include "text/file.hpp"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace towline::app {

namespace {

using boost::system::error_code;

constexpr mode_t readable_by_all = 0644;

// No port file grows to that.
constexpr std::size_t text_max = 64 * 1024;

class FileCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "file"; }

  std::string message(int value) const override {
    switch (static_cast<file_errc>(value)) {
      case file_errc::not_a_file: return "what is there is not a regular file";
      case file_errc::a_link: return "what is there is a symbolic link";
      case file_errc::not_ours: return "what is there was not written by towline";
      case file_errc::too_slow: return "the file system does not answer";
    }
    return "unknown file error";
  }
};

error_code last_error() { return {errno, boost::system::system_category()}; }

error_code kind_error(const struct stat& found) {
  if (S_ISREG(found.st_mode)) return {};
  return S_ISLNK(found.st_mode) ? file_errc::a_link : file_errc::not_a_file;
}

// Closed with this.
class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // A regular file, whose facts are in `found`, or nothing that has been touched: opening a device may be
  // more than that.
  error_code open(const std::string& path, int flags, struct stat& found) {
    if (::lstat(path.c_str(), &found) == 0) {
      if (const auto error = kind_error(found)) return error;
    } else if (errno != ENOENT || (flags & O_CREAT) == 0) {
      return last_error();
    }
    number_ = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, readable_by_all);
    if (number_ < 0 || ::fstat(number_, &found) != 0) return last_error();
    return kind_error(found);
  }

  error_code write(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::write(number_, text.data(), text.size());
      if (n < 0 && errno != EINTR) return last_error();
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }

  // Up to text_max + 1 bytes.
  error_code read(std::string& text) const {
    const auto read = text::read_rest(number_, text_max + 1);
    text = read.text.reveal();
    return read.error;
  }

  // Some file systems say only here that there is no room.
  error_code close() { return ::close(std::exchange(number_, -1)) == 0 ? error_code{} : last_error(); }

 private:
  int number_ = -1;
};

// Nobody else has it, and nobody can have known it.
std::string fresh_name(const std::string& path) {
  std::random_device random;
  const auto number = std::uint64_t{random()} << 32U | random();
  return path + '.' + std::to_string(number) + ".new";
}

// A path may be a secret in the wrong place.
Failure failed(error_code code, const std::string& path) {
  return {code, config::showable_path(path, config::inspect_file)};
}

}  // namespace

const boost::system::error_category& file_category() noexcept {
  static const FileCategory category;
  return category;
}

Result<std::optional<OwnFile::Found>> OwnFile::look() const {
  Descriptor file;
  struct stat facts{};
  Found found;
  auto error = file.open(path_, O_RDONLY, facts);
  if (error == boost::system::errc::no_such_file_or_directory) return std::optional<Found>();
  if (!error) error = file.read(found.text);
  if (error) return failed(error, path_);
  found.device = facts.st_dev;
  found.inode = facts.st_ino;
  if (found != written_ && (found.text.size() > text_max || !form_(found.text)))
    return failed(file_errc::not_ours, path_);
  return std::optional(std::move(found));
}

Result<> OwnFile::clear() const {
  if (path_.empty()) return {};
  const auto found = look();
  if (!found) return found.error();
  if (*found && ::unlink(path_.c_str()) != 0 && errno != ENOENT) return failed(last_error(), path_);
  return {};
}

Result<OwnFile::Found> OwnFile::write_beside(const std::string& fresh, std::string_view text) const {
  Descriptor file;
  struct stat facts{};
  auto error = file.open(fresh, O_WRONLY | O_CREAT | O_EXCL, facts);
  if (!error) error = file.write(text);
  if (!error) error = file.close();
  if (error) return failed(error, path_);
  return Found{facts.st_dev, facts.st_ino, std::string(text)};
}

Result<> OwnFile::replace(std::string_view text) {
  if (path_.empty()) return {};
  if (const auto found = look(); !found) return found.error();
  const auto fresh = fresh_name(path_);
  auto written = write_beside(fresh, text);
  if (written && ::rename(fresh.c_str(), path_.c_str()) != 0) written = failed(last_error(), path_);
  if (!written) {
    ::unlink(fresh.c_str());
    return written.error();
  }
  written_ = std::move(*written);
  return {};
}

void OwnFile::remove() const {
  if (path_.empty() || !written_) return;
  const auto found = look();
  if (found && *found == written_) ::unlink(path_.c_str());
}

Result<> append_to_file(const std::string& path, std::string_view text) {
  Descriptor file;
  struct stat facts{};
  auto error = file.open(path, O_WRONLY | O_CREAT | O_APPEND, facts);
  if (!error) error = file.write(text);
  if (!error) error = file.close();
  if (error) return failed(error, path);
  return {};
}

}  // namespace towline::app
