#include "config/of_mode.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>

namespace towline::config {

namespace {

using forward::Mode;

// -D and -S learn where a connection goes from who makes it.
constexpr auto with_target = std::to_array<std::string_view>(
    {"SSH_TARGET_HOST", "SSH_TARGET_PORT", "SSH_PROBE", "SSH_PROBE_INTERVAL"});

// A server that towline connects to, and how it goes on doing that.
constexpr auto with_upstream =
    std::to_array<std::string_view>({"SSH_CONNECT_TIMEOUT", "TOWLINE_BACKOFF_MAX", "TOWLINE_EXIT_ON",
                                     "AUTOSSH_GATETIME", "AUTOSSH_POLL", "AUTOSSH_MAXSTART"});

// Of forwards that are not an entrance's.
constexpr auto of_forwards = std::to_array<std::string_view>(
    {"SSH_BIND_IP", "SSH_TUNNEL_PORT", "SSH_FORWARDS", "TOWLINE_MAX_CONNECTIONS", "TOWLINE_TARGET_TIMEOUT"});

// Of -S alone, and of all others.
constexpr auto of_share = std::to_array<std::string_view>({"TOWLINE_SHARE_WAIT", "TOWLINE_SHARE_ALLOW"});
constexpr std::string_view of_entrance = "TOWLINE_SSH_LISTEN";
constexpr std::string_view of_state = "TOWLINE_STATE_DIR";

// What is carried for clients of -S is theirs to end.
constexpr std::string_view of_idleness = "TOWLINE_IDLE_TIMEOUT";

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_of_entrance(const Field& field) {
  switch (field.section) {
    case Section::server:
    case Section::authentication:
    case Section::publish: return false;
    case Section::host_key: return field.name == of_state;
    case Section::endpoint: return !is_one_of(field.name, of_share);
    default: break;
  }
  return field.name != of_idleness && !is_one_of(field.name, with_target) &&
         !is_one_of(field.name, with_upstream) && !is_one_of(field.name, of_forwards);
}

}  // namespace

bool is_of_mode(const Field& field, Mode mode) {
  if (mode == Mode::expose) return is_of_entrance(field);
  if (field.name == of_entrance) return false;
  if (field.section == Section::endpoint) return mode == Mode::share;
  if (field.section == Section::publish) return mode == Mode::remote;
  if (field.section == Section::expose) return false;
  if (is_one_of(field.name, with_target)) return mode == Mode::local || mode == Mode::remote;
  return field.name != of_idleness || mode != Mode::share;
}

std::vector<Field> fields_of_mode(Mode mode) {
  std::vector<Field> all;
  std::ranges::copy_if(fields(), std::back_inserter(all),
                       [&](const Field& f) { return is_of_mode(f, mode); });
  return all;
}

}  // namespace towline::config
