// How a path is shown that leads nowhere: people put keys and passwords where a path belongs.
#pragma once

#include "config/file_facts.hpp"

#include <string>

namespace towline::config {

// What there is of `path` to show: all of it where it can be nothing but a path (it exists, its folder does,
// or its last part is a usual name of a key's file), else as far as folders exist ("/run/secrets/..."), or a
// short first word, or nothing.
std::string showable_path(const std::string& path, const InspectFile& inspect);

}  // namespace towline::config
