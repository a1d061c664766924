// The options in front of a key in authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Pure.
#pragma once

#include "ssh/auth/server/address_patterns.hpp"
#include "ssh/auth/server/permissions.hpp"
#include "ssh/keys/certificate.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

struct KeyOptions {
  Permissions permissions;
  std::optional<AddressPatterns> from;
  std::optional<std::uint64_t> expiry;  // seconds since 1970; good up to and with this one
  bool cert_authority = false;
  std::vector<std::string> principals;  // empty: none given

  bool operator==(const KeyOptions&) const = default;
};

// How many characters at the front of a line are its options: up to a blank that is not in quotes. Nothing
// where the quotes do not end.
std::optional<std::size_t> options_length(std::string_view line);

// Says what is wrong with the options, or nothing. What is not known here is wrong, and so is what cannot be
// kept; an option without effect here (user-rc, environment=, tunnel=) is only looked at. Shows nothing of a
// command.
std::string parse_key_options(std::string_view text, KeyOptions& options);

// "20261231", "202612312359", "20261231235959" in local time, with "Z" or "UTC" in UTC: seconds since 1970.
// Nothing for a time that is not in the calendar.
std::optional<std::uint64_t> parse_expiry_time(std::string_view text);

}  // namespace towline::ssh
