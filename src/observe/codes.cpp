#include "observe/codes.hpp"

#include <cstring>

namespace towline::observe {

namespace {

const char* errno_name(const boost::system::error_code& code) {
  return code.category() == boost::system::system_category() ? ::strerrorname_np(code.value()) : nullptr;
}

}  // namespace

void add_codes(std::vector<Field>& fields, const Failure& failure) {
  const char* name = errno_name(failure.cause ? failure.cause : failure.code);
  if (name) fields.emplace_back("errno", name);
  if (failure.ssh_code != 0) fields.emplace_back("ssh_code", failure.ssh_code);
}

}  // namespace towline::observe
