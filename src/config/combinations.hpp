// What the variables say together: every rule about more than one of them. Pure.
#pragma once

#include "config/env.hpp"
#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "config/read.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace towline::config {

// Two variables that contradict each other by what is written in them; before settle().
void check_written(const Reading& reading, std::span<const Field> table, Findings& findings);

// What contradicts, cannot be meant, or has no effect beside the rest, once settle() has put everything in
// its place.
void check_combinations(const Env& env, const Reading& reading, const InspectFile& inspect,
                        Findings& findings);

// Without SSH_FORWARDS there always is a forward of SSH_MODE and its kin; beside them it has to be asked for.
bool has_main_forward(const Reading& reading);

// Where config.forwards[forward] is told on which address to listen: "SSH_BIND_IP", "SSH_FORWARDS",
// "SSH_MODE".
std::string_view listen_variable(const Draft& draft, std::size_t forward);

// Local forwards that nobody outside this machine or container can reach: one for each -L, -D and -S that
// listens on a loopback address, with what to write instead.
std::vector<Warning> loopback_only(const Draft& draft);

}  // namespace towline::config
