// What each service says about public addresses, and what it wants to hear: one row for each. Pure.
#pragma once

#include "publish/options.hpp"
#include "text/regular_expression.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::publish {

// What a line says of where a forward is reached.
struct Announcement {
  std::vector<std::string> addresses;  // each address_of() something; empty: all of one that is withdrawn
  std::optional<std::string> host{};   // the forward's, as it was asked for
  std::optional<std::uint16_t> port{};
  bool withdrawn = false;  // there no more

  bool operator==(const Announcement&) const = default;
};

struct Dialect {
  Service service;
  std::string_view name;  // of SSH_PUBLISH
  bool tells_address;     // the session's text has it
  bool wants_shell;       // where there are no words for an exec; without it text comes unasked
  bool renews;            // an address takes the place of an earlier one with the same scheme
  std::optional<Announcement> (*read)(std::string_view line);
  std::span<const std::string_view> complaints;  // how lines begin that say what is wrong
};

const Dialect& dialect_of(Service service);

// What the line says: by `pattern`, where there is one, in whose first group an address stands; else in the
// dialect's words. Those are looked for where only the service itself can have put them: what visitors ask
// for is printed as well.
std::optional<Announcement> read_line(const Dialect& dialect, const text::RegularExpression* pattern,
                                      std::string_view line);

// Whether it says that something is wrong.
bool is_complaint(const Dialect& dialect, std::string_view line);

}  // namespace towline::publish
