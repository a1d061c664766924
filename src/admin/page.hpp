// The page for people: what is wrong and what to do, what passes, what is well, who is logged in; pure. No
// script, nothing loaded from elsewhere.
#pragma once

#include "admin/view.hpp"

#include <cstddef>
#include <string>

namespace towline::admin {

// No page is larger, however many forwards there are: it is fetched every few seconds, perhaps by a phone.
constexpr std::size_t page_bytes_max = 20'000;

std::string page(const View& view);

}  // namespace towline::admin
