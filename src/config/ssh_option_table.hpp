// What becomes of each option of ssh(1) and ssh_config(5) in SSH_OPTIONS.
#pragma once

#include <span>
#include <string_view>

namespace towline::config {

enum class Treatment {
  honoured,   // read_ssh_option() makes a setting of it
  outranked,  // a variable decides, even where it has only its default, as in jnovack/autossh
  ignored,    // without a meaning here, and nothing is lost
  refused,    // leaving it out would change reachability or safety; "no" and "none" are ignored
};

struct SshOption {
  std::string_view name;
  Treatment treatment;
  std::string_view text = {};  // outranked: the variable; refused: what to do instead
};

// A letter of the command line, which says what `keyword` says with `value`, or with its argument.
struct SshFlag {
  char letter;
  bool has_argument;
  std::string_view keyword;
  std::string_view value = {};
};

// As ssh_config(5) of OpenSSH 10 lists them, and older names of theirs.
std::span<const SshOption> ssh_options();

// Whether two names are one option: keywords are so in any case, "-v" and "-V" are not.
bool is_same_option(std::string_view a, std::string_view b);

// nullptr for a name that ssh does not know.
const SshOption* find_ssh_option(std::string_view name);

// nullptr for a letter that ssh does not know.
const SshFlag* find_ssh_flag(char letter);

}  // namespace towline::config
