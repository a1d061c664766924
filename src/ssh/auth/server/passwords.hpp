// The file of passwords: lines "user:hash", as in shadow(5) and htpasswd's.
#pragma once

#include "ssh/auth/server/password_hash.hpp"
#include "text/secret.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// A value: once filled, it may be asked from any thread.
class Passwords {
 public:
  struct BadLine {
    std::size_t line = 0;  // from 1
    std::string reason;

    bool operator==(const BadLine&) const = default;
  };

  // What stands behind a second colon is not looked at. A line that cannot be used is left out and reported;
  // so is the second one of a user. The text is not shown.
  static Passwords parse(std::string_view text);

  // What is_right() has to be asked. For a user without a line it is as much work, and refused.
  PasswordCheck check_of(std::string_view user, text::Secret password) const;

  const std::vector<BadLine>& bad_lines() const { return bad_lines_; }
  bool empty() const { return hashes_.empty(); }

 private:
  std::string parse_line(std::string_view line);

  std::map<std::string, std::string, std::less<>> hashes_;
  std::vector<BadLine> bad_lines_;
};

}  // namespace towline::ssh
