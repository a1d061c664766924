// The table and the effective configuration as text: for people, for programs, for the README.
#pragma once

#include "config/fields.hpp"
#include "config/load.hpp"

#include <span>
#include <string>

namespace towline::config {

// Every variable with meaning and default, by section, at most 100 columns; for `towline help`.
std::string help_text(std::span<const Field> table = fields());

// The name, the meaning and the default of one variable; for `towline help VARIABLE`.
std::string help_text(const Field& field);

// A markdown table for each section; the README holds it between two markers.
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
