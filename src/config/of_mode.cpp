#include "config/of_mode.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace towline::config {

namespace {

using forward::Mode;

// -D and -S learn where a connection goes from who makes it.
constexpr auto with_target = std::to_array<std::string_view>(
    {"SSH_TARGET_HOST", "SSH_TARGET_PORT", "SSH_PROBE", "SSH_PROBE_INTERVAL"});

// What is carried for clients of -S is theirs to end.
constexpr std::string_view of_idleness = "TOWLINE_IDLE_TIMEOUT";

}  // namespace

bool is_of_mode(const Field& field, Mode mode) {
  if (field.section == Section::endpoint) return mode == Mode::share;
  if (std::ranges::find(with_target, field.name) != with_target.end())
    return mode == Mode::local || mode == Mode::remote;
  return field.name != of_idleness || mode != Mode::share;
}

std::vector<Field> fields_of_mode(Mode mode) {
  std::vector<Field> all;
  std::ranges::copy_if(fields(), std::back_inserter(all),
                       [&](const Field& f) { return is_of_mode(f, mode); });
  return all;
}

}  // namespace towline::config
