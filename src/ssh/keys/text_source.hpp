// Where a text of the configuration comes from: a file that may be replaced while we run, or the environment.
#pragma once

#include "text/secret.hpp"

#include <memory>
#include <string>

namespace towline::ssh {

// A file is read anew for every session, so that a rotated one takes effect without a restart. At most one of
// the two is set; neither: there is no such text.
struct TextSource {
  std::string file{};
  std::shared_ptr<const text::Secret> text{};

  explicit operator bool() const { return !file.empty() || text != nullptr; }
};

}  // namespace towline::ssh
