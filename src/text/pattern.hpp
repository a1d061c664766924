// Patterns and lists as ssh_config(5) writes them. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace towline::text {

// "*" is any text and "?" any character. Never goes back further than to the last "*", so it is not
// exponential.
constexpr bool matches_pattern(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // the last one, and where its text ends so far
  std::size_t star_end = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// Host names and hosts in known_hosts are compared in this.
inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Takes the first of a comma list off its front.
constexpr std::string_view take_listed(std::string_view& list) {
  const auto first = list.substr(0, list.find(','));
  list.remove_prefix(std::min(first.size() + 1, list.size()));
  return first;
}

// Whether the comma list holds the name.
constexpr bool lists(std::string_view comma_list, std::string_view name) {
  while (!comma_list.empty()) {
    if (take_listed(comma_list) == name) return true;
  }
  return false;
}

}  // namespace towline::text
