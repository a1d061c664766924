// A folder for the files of one start, which its owner alone can read.
#pragma once

#include "async/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::app {

// Gone with this, and the files that were written with it.
class PrivateFolder {
 public:
  // In the first of `parents` that it can be made in; those whose path a shell would not take for one word
  // are passed over. Errors: the system's, of the last one; the detail names it.
  static Result<PrivateFolder> make(std::span<const std::string> parents);

  PrivateFolder(PrivateFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})), files_(std::exchange(other.files_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  // A file that is not there yet. Errors: the system's; the detail is the path.
  Result<> write(std::string_view name, std::string_view text);

  const std::string& path() const { return path_; }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::vector<std::string> files_;
};

}  // namespace towline::app
