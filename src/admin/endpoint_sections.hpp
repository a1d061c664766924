// The SSH endpoints on the page for people: where they listen, which host key they show, and who is logged
// in; pure. They keep to their room, in bytes, by counting the clients for which there is none.
#pragma once

#include "observe/facts.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace towline::admin {

std::string endpoint_sections(std::span<const observe::EndpointFacts> endpoints, const observe::Instant& now,
                              std::size_t room);

}  // namespace towline::admin
