// The numbers of a failure as fields of the log.
#pragma once

#include "async/result.hpp"
#include "observe/log_line.hpp"

#include <vector>

namespace towline::observe {

// `errno`, the name of the system's error ("ECONNREFUSED"), and `ssh_code`, the server's number, each where
// there is one.
void add_codes(std::vector<Field>& fields, const Failure& failure);

}  // namespace towline::observe
