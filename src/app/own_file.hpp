// A file that towline writes as a whole and takes away at the end, at a path that somebody else chose and may
// have something at: the port file, the pid file.
#pragma once

#include "async/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <type_traits>
#include <utility>

namespace towline::app {

enum class file_errc {
  not_a_file = 1,  // a folder, a device, a pipe or a socket is at the path
  a_link,          // a symbolic link is
  not_ours,        // a file is, and holds what no towline has written
  too_slow,        // the file system has not answered in time
};

const boost::system::error_category& file_category() noexcept;

inline boost::system::error_code make_error_code(file_errc e) noexcept {
  return {static_cast<int>(e), file_category()};
}

// Links at the end of the path are not followed; what is no regular file is neither opened, replaced nor
// removed. A regular file is replaced or removed only where it is empty or has the form of ours. Every call
// may stand for as long as the file system does: SideThread. Errors: file_errc, the system's; the detail is
// the path, as far as it may be shown.
class OwnFile {
 public:
  // Whether some towline may have written `text`. Pure.
  using Form = bool (*)(std::string_view text);

  // An empty path: no file, and every call succeeds.
  OwnFile(std::string path, Form form) : path_(std::move(path)), form_(form) {}

  // Removes what a towline that was killed has left.
  Result<> clear() const;

  // A reader sees the old text or the new one, never a part.
  Result<> replace(std::string_view text);

  // Removes it where it is the file that we wrote, with the text that we wrote.
  void remove() const;

 private:
  struct Found {
    dev_t device = 0;
    ino_t inode = 0;
    std::string text;

    bool operator==(const Found&) const = default;
  };

  Result<std::optional<Found>> look() const;
  Result<Found> write_beside(const std::string& fresh, std::string_view text) const;

  std::string path_;
  Form form_;
  std::optional<Found> written_;
};

// Adds to a file that is there, or makes it. Nothing else than a regular file is opened. May stand, as above.
Result<> append_to_file(const std::string& path, std::string_view text);

}  // namespace towline::app

template <>
struct boost::system::is_error_code_enum<towline::app::file_errc> : std::true_type {};
