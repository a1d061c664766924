// What becomes of each option of ssh(1) and ssh_config(5) in SSH_OPTIONS.
#pragma once

#include "config/fields.hpp"

#include <span>
#include <string_view>

namespace towline::config {

enum class Treatment {
  honoured,    // the first value stands, unless a variable says the same
  gathered,    // likewise, but every value counts
  outranked,   // only checked: a variable decides, even with its default, as in jnovack/autossh
  ignored,     // without a meaning here, and nothing is lost
  refused,     // leaving it out would change reachability or safety; "no" and "none" are ignored
  older_name,  // of another option
};

struct SshOption {
  std::string_view name;
  Treatment treatment;
  // honoured, gathered: the variables that decide where they are set, with commas between; outranked: the
  // variable; refused: what to do instead; older_name: the newer one.
  std::string_view text = {};
  Apply read = nullptr;
};

// A letter of the command line, which says what `keyword` says with `value`, or with its argument.
struct SshFlag {
  char letter;
  std::string_view keyword;
  std::string_view value = {};

  bool has_argument() const { return value.empty(); }
};

// As ssh_config(5) of OpenSSH 10 lists them, and older names of theirs.
std::span<const SshOption> ssh_options();

// The newer option for an older name; nullptr for a name that ssh does not know. Keywords are the same in any
// case, "-v" and "-V" are not.
const SshOption* find_ssh_option(std::string_view name);

// nullptr for a letter that ssh does not know.
const SshFlag* find_ssh_flag(char letter);

}  // namespace towline::config
