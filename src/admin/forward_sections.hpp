// The forwards on the page for people: what is down and why, then what is up; pure. Each section keeps to the
// room it is given, by saying less of each forward rather than leaving one out, and by counting those for
// which not even the name fits.
#pragma once

#include "admin/forward_markup.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace towline::admin {

// `room` is in bytes. Forwards with the same cause share a card: a refused login is told once. Those that
// count for readiness come first, otherwise in the order of the configuration.
std::string down_section(std::span<const ForwardSight> down, const observe::Instant& now, std::size_t room);

std::string up_section(std::span<const ForwardSight> up, const observe::Instant& now, std::size_t room);

// What the names of these forwards need in either section.
std::size_t least_room(std::span<const ForwardSight> forwards);

}  // namespace towline::admin
