// The table and the effective configuration as text: for people, for programs, for docs/.
#pragma once

#include "config/fields.hpp"
#include "config/load.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace towline::config {

// What holds for all variables: empty ones, durations, hosts.
std::string_view about_variables();

// "Port of the SSH server. Older name: SSH_HOSTPORT. [22]"
std::string meaning_with_default(const Field& field);

// Wrapped at 100 columns, with `indent` of them empty.
std::string paragraph(std::string_view text, std::size_t indent);

// Every variable with meaning and default, by section, at most 100 columns; for `towline help --all`.
std::string help_text(std::span<const Field> table = fields());

// The name, the meaning and the default of one variable; for `towline help VARIABLE`.
std::string help_text(const Field& field);

// A markdown table for each section; docs/configuration.md holds it between two markers.
std::string markdown(std::span<const Field> table = fields());

// One line for each variable: name, value, where it comes from. Secrets are masked; where something was
// refused, its lines begin with "!".
std::string settings_text(std::span<const Setting> settings);

// {"SSH_REMOTE_HOST":{"value":"bastion","source":"environment"},…}; a variable without a value has null. One
// line.
std::string settings_json(std::span<const Setting> settings);

// settings_text() and below it the forwards that come of it, as ssh(1) would take them.
std::string config_text(const Loaded& loaded);

// {"variables":<settings_json()>,"servers":["bastion:22"],"forwards":[{"name":"main","mode":"local","spec":"-L
// …",…}]}. One line.
std::string config_json(const Loaded& loaded);

// {"variables":<settings_json()>,"problems":[{"variable":"SSH_REMOTE_PORT","wrong":"…","right":"…"}]}. One
// line.
std::string rejection_json(const Rejection& rejection);

// "SSH_REMOTE_HOST=bastion SSH_REMOTE_PORT=22 …", for the first line of the log.
std::string settings_line(std::span<const Setting> settings);

}  // namespace towline::config
