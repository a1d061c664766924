// Which names in the environment are meant for towline, and what is said about those it does not know.
#pragma once

#include "config/env.hpp"
#include "config/fields.hpp"
#include "config/problem.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace towline::config {

// What `run` gives to its program, which may be another towline: a file for `ssh -F`.
constexpr std::string_view ssh_config_variable = "TOWLINE_SSH_CONFIG";

// What a shell or Kubernetes leaves in the environment of a container beside us: SSH_TTY and its kin, and the
// links to a Service named ssh-x or towline-x. `X_PORT` is such a link only with a value like
// tcp://10.0.0.1:22, so that a misspelt SSH_REMOTE_PORT does not pass for one.
bool belongs_to_others(std::string_view name, std::string_view value);

// Judges every set variable that has no row in the table: unknown ones, and those of autossh(1) that mean
// nothing here. `strict`: an unknown SSH_* or AUTOSSH_* is a problem.
void judge_names(const Env& env, std::span<const Field> table, bool strict, Findings& findings);

// A row that is not set and takes the value of `name`: what other images call so, or else the row whose name,
// or older name, is most like it. Nothing where there is none: a suggestion that fails is worse.
std::optional<std::string_view> suggested_name(std::string_view name, const Env& env,
                                               std::span<const Field> table);

}  // namespace towline::config
