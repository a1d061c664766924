// The path and the query of a request; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::admin {

struct Target {
  std::string path;  // percent-decoded
  bool verbose = false;
  std::vector<std::string> excluded;
  std::optional<std::string> level;
};

// Nothing for a target that is not an absolute path, or with a broken escape. Unknown parameters are ignored.
std::optional<Target> parse_target(std::string_view target);

}  // namespace towline::admin
