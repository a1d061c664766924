// The environment as it was at start: the one place that reads it, and the value everything else is given.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// A snapshot, name to value; nothing is ever added or changed. A variable that is set to nothing counts as
// unset and is not in it.
class Env {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  explicit Env(Values values);

  // The environment of this process. The variables named in `secrets` are taken out of the process's own
  // block and wiped there (/proc/PID/environ is that memory), so that they stand here alone and no program
  // that we start is given them. Call once, before any thread is started.
  static Env take_process(std::span<const std::string_view> secrets);

  // The same of any block that ends with a null pointer.
  static Env take_block(char** block, std::span<const std::string_view> secrets);

  // A block of "name=value" strings that ends with a null pointer. The first of two equal names stands,
  // as for getenv; an entry without "=" is skipped.
  static Env from_block(const char* const* block);

  // Nothing when unset or empty. The view lives as long as this object.
  std::optional<std::string_view> get(std::string_view name) const;

  const Values& all() const { return values_; }

  // Wipes and drops these variables.
  void forget(std::span<const std::string_view> names);

 private:
  Values values_;
};

// Every "name=value" of this process as it is, empty ones included, but for what take_process() took: for a
// program that we start.
std::vector<std::string> environment_of_process();

}  // namespace towline::config
