// Files that are read whole.
#pragma once

#include "text/secret.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>

namespace towline::text {

struct FileText {
  Secret text{};
  boost::system::error_code error{};  // the system's, and no text
};

// At most `limit` octets of a regular file, read without waiting for anybody. Of a folder the error is
// EISDIR, of what else is no regular file ENOTSUP.
FileText read_file(const std::string& path, std::size_t limit = std::string::npos);

// The same of one that is open, from where it stands.
FileText read_rest(int descriptor, std::size_t limit);

}  // namespace towline::text
