// Passwords against hashes of crypt(3). Slow by design: some tens of milliseconds and, for yescrypt, some
// megabytes each.
#pragma once

#include "text/secret.hpp"

#include <string>
#include <string_view>

namespace towline::ssh {

// Whether it is one that the library can check and that is strong enough to be: yescrypt and its kin, scrypt,
// bcrypt, SHA-512 and SHA-256. Not DES, MD5, SHA-1 and NT, and not what locks an account ("!", "*").
bool is_password_hash(std::string_view hash);

// A password that a client has shown, and what to hold it against. Moved, never copied.
struct PasswordCheck {
  text::Secret password;
  std::string hash;   // of somebody else where the user is not known, so that it takes as long
  bool known = true;  // false: refused whatever comes of it
};

// Takes its time, so it is for another thread than a session's. Uses nothing but its argument and may run on
// several at once; how many is for the caller to bound. False for a hash that is none, and for a password
// with a zero octet in it or of more than 511 octets, which crypt(3) does not take.
bool is_right(const PasswordCheck& check);

}  // namespace towline::ssh
