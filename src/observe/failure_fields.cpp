#include "observe/failure_fields.hpp"

#include <cstring>
#include <utility>

namespace towline::observe {

namespace {

const char* errno_name(const boost::system::error_code& code) {
  return code.category() == boost::system::system_category() ? ::strerrorname_np(code.value()) : nullptr;
}

}  // namespace

FailureFields::FailureFields(std::vector<Field> first, const std::optional<Failure>& failure,
                             std::string_view hint)
    : fields_(std::move(first)) {
  if (failure) {
    message_ = failure->message();
    fields_.emplace_back("err", message_);
    if (const char* name = errno_name(failure->cause ? failure->cause : failure->code)) {
      fields_.emplace_back("errno", name);
    }
    if (failure->ssh_code != 0) fields_.emplace_back("ssh_code", failure->ssh_code);
  }
  fields_.emplace_back("hint", hint);
}

}  // namespace towline::observe
