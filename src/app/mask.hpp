// Secrets that GitHub Actions is told to blot out of the log; pure but for the printing by the caller.
#pragma once

#include "config/env.hpp"
#include "text/secret.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace towline::app {

// The values of the variables that hold secrets, as they are in the environment.
std::vector<std::string_view> secrets_in(const config::Env& env);

// An "::add-mask::" line for each line of each secret: the runner compares line by line. A "\n" that is
// written out ends a line as well. Of a secret with several lines, those that are no secret (PEM's header and
// footer) or too short to be recognised are left out.
text::Secret mask_lines(std::span<const std::string_view> secrets);

// What has to be printed before anything else: nothing, unless the log is for GitHub and this is one of its
// runners, which takes the lines out. Elsewhere they would be the leak.
text::Secret github_masks(const config::Env& env);

}  // namespace towline::app
