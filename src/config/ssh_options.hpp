// SSH_OPTIONS: options of ssh(1) as on its command line.
#pragma once

#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "config/read.hpp"
#include "config/ssh_option_table.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// An option as it was written ("-p 2222", "StrictHostKeyChecking=no") and the variable that decides instead.
struct OutrankedOption {
  std::string option;
  std::string variable;
};

// What is to be said of the options, beside what they put into the draft.
struct SshOptions {
  std::set<std::string_view> taken;  // names of the rows whose value is in the draft
  std::vector<OutrankedOption> outranked;
  std::map<const SshOption*, std::string> yielding;  // to a variable that is set, or to a file
  std::vector<std::string> ignored;                  // names only: a value may be a secret (SetEnv)
  std::vector<Complaint> complaints;                 // each begins with the option
  bool quotes_stripped = false;                      // one pair stood around everything
  std::string shown;  // the text, values that towline does not read as ***; no complaints only
};

// Shell words; "-oKey=value", "-o Key=value", "-o 'Key value'", letters in clusters ("-fNT", "-Cp2222"). A
// word that is no option is a complaint: ssh takes it for a command, and the options behind it for its
// arguments. A variable that is set wins over an option that says the same. Pure.
SshOptions parse_ssh_options(std::string_view text, Reading& reading);

// parse_ssh_options(), and the files that were named, before settle() completes the draft. What loses is
// named in one warning, what means nothing in another.
void apply_ssh_options(Reading& reading, const InspectFile& inspect, Findings& findings);

}  // namespace towline::config
