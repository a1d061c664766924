// SSH_OPTIONS: options of ssh(1) as on its command line. Pure.
#pragma once

#include "config/parse.hpp"
#include "config/ssh_option_settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// An option as it was written ("-p 2222", "StrictHostKeyChecking=no") and the variable that decides instead.
struct OutrankedOption {
  std::string option;
  std::string variable;

  bool operator==(const OutrankedOption&) const = default;
};

struct SshOptions {
  SshOptionSettings settings;
  std::vector<OutrankedOption> outranked;
  std::vector<std::string> ignored;   // names only: a value may be a secret (SetEnv)
  std::vector<Complaint> complaints;  // each begins with the option
  bool quotes_stripped = false;       // one pair stood around everything
  std::string shown;  // the text, values that towline does not read as ***; no complaints only
};

// Shell words; "-oKey=value", "-o Key=value", "-o 'Key value'", letters in clusters ("-fNT", "-Cp2222"). A
// word that is no option is a complaint: ssh takes it for a command, and the options behind it for its
// arguments.
SshOptions parse_ssh_options(std::string_view text);

}  // namespace towline::config
