// The environment as it was at start: the one place that reads it, and the value everything else is given.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// An immutable snapshot, name to value. A variable that is set to nothing counts as unset and is not in it.
class Env {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  explicit Env(Values values);

  // The environment of this process. Call once, before any thread is started.
  static Env from_process();

  // A block of "name=value" strings that ends with a null pointer. The first of two equal names stands,
  // as for getenv; an entry without "=" is skipped.
  static Env from_block(const char* const* block);

  // Nothing when unset or empty. The view lives as long as this object.
  std::optional<std::string_view> get(std::string_view name) const;

  const Values& all() const { return values_; }

 private:
  Values values_;
};

// Every "name=value" of this process as it is, empty ones included, for a program that we start.
std::vector<std::string> environment_of_process();

}  // namespace towline::config
