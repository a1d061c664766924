// A regular expression that a user has written, on lines that strangers have: bounded in stack and time.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace towline::text {

// Perl's syntax (Boost.Regex, whose matcher does not recurse). A copy is the same expression. Not
// thread-safe: it remembers that it was too much work once.
class RegularExpression {
 public:
  // More of a line is not looked at: the work may grow with the square of it.
  static constexpr std::size_t line_max = 1024;

  // The error says what is wrong with it.
  static boost::system::result<RegularExpression, std::string> compile(const std::string& expression);

  // How many groups it has.
  std::size_t groups() const;

  // The first group where it matches first, or all of that where there are no groups. Nothing as well, and
  // from then on for ever, once a line was too much work.
  std::optional<std::string> first_group(std::string_view line) const;

  bool is_too_much() const;

 private:
  struct Compiled;

  explicit RegularExpression(std::shared_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<Compiled> compiled_;
};

}  // namespace towline::text
