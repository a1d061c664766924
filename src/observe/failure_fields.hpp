// A failure as fields of the log.
#pragma once

#include "async/result.hpp"
#include "observe/log_line.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::observe {

// `first`, then of the failure, if there is one, `err`, its sentence, `errno`, the name of the system's error
// ("ECONNREFUSED"), and `ssh_code`, the server's number, each where it has one; and at last `hint`.
//
// For the duration of one Log::write(): what `first` and `hint` refer to must outlive it.
class FailureFields {
 public:
  FailureFields(std::vector<Field> first, const std::optional<Failure>& failure, std::string_view hint);
  FailureFields(const FailureFields&) = delete;
  FailureFields& operator=(const FailureFields&) = delete;

  operator std::span<const Field>() const { return fields_; }

 private:
  std::string message_;
  std::vector<Field> fields_;
};

}  // namespace towline::observe
