// known_hosts as people paste it: repaired where the damage is harmless, named where it is not. Pure.
#pragma once

#include <string>
#include <string_view>

namespace towline::ssh {

// The text as ssh wants it: CR, CRLF and written-out line breaks ("\n"), lines joined by blanks, a byte order
// mark, quotes around it and one layer of base64 around everything are undone. What is a comment stays one,
// but for those of ssh-keyscan, which end where the next key begins.
std::string repair_known_hosts(std::string_view text);

// Why a line has no "HOST TYPE KEY" in it; without the marker. Shows nothing of the line: it may be a secret
// in the wrong place.
std::string missing_key(std::string_view line);

// Why this is no public key.
std::string damaged_key(std::string_view type, std::string_view base64);

// What to write instead of those names in a line's list that no server ever has; empty if there are none.
std::string misspelt_hosts(std::string_view hosts);

}  // namespace towline::ssh
