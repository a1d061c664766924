#include "app/private_folder.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace towline::app {

namespace {

bool is_one_word(std::string_view path) {
  return path.starts_with('/') && std::ranges::all_of(path, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("/._-+@").find(c) != std::string_view::npos;
         });
}

Failure system_failure(int error, std::string path) {
  return {boost::system::error_code(error, boost::system::system_category()), std::move(path)};
}

}  // namespace

Result<PrivateFolder> PrivateFolder::make(std::span<const std::string> parents) {
  auto why = system_failure(ENOENT, {});
  for (const auto& parent : parents) {
    if (!is_one_word(parent)) continue;
    auto path = parent + "/towline-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) return PrivateFolder(std::move(path));
    why = system_failure(errno, parent);
  }
  return why;
}

PrivateFolder::~PrivateFolder() {
  for (const auto& file : files_) ::unlink(file.c_str());
  if (!path_.empty()) ::rmdir(path_.c_str());
}

Result<> PrivateFolder::write(std::string_view name, std::string_view text) {
  const auto path = path_ + '/' + std::string(name);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return system_failure(errno, path);
  files_.push_back(path);
  const auto written = ::write(descriptor, text.data(), text.size());
  const int error = written < 0 ? errno : ENOSPC;
  ::close(descriptor);
  if (written != static_cast<ssize_t>(text.size())) return system_failure(error, path);
  return {};
}

}  // namespace towline::app
