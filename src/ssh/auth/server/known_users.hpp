// Who may log in, read from the files of the configuration. A value: read anew when a file changes, and given
// to each login as it is then.
#pragma once

#include "ssh/auth/server/authorized_keys.hpp"
#include "ssh/auth/server/passwords.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace towline::ssh {

struct KnownUsers {
  AuthorizedKeys keys;                                         // of one file: for every name
  std::map<std::string, AuthorizedKeys, std::less<>> keys_of;  // of a folder: for the name of the file alone
  AuthorizedKeys authorities;
  Passwords passwords;

  // Trusted authorities first, then cert-authority lines, as sshd does.
  KeyVerdict judge(const Certificate& certificate, const KeyUse& use) const;
  KeyVerdict judge(const HostKey& key, const KeyUse& use) const;

 private:
  const AuthorizedKeys* own_keys(std::string_view user) const;
};

// Whether a name of a folder's file is one of a user: no path, not hidden, no control character, 255 octets
// at most.
bool is_user_file(std::string_view name);

}  // namespace towline::ssh
