// Whether a DNS name can be like this (RFC 1035, 2.3; RFC 1123, 2.1), in lower case. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace towline::net {

constexpr std::size_t label_octets_max = 63;
constexpr std::size_t name_octets_max = 253;

constexpr bool is_label(std::string_view text) {
  const bool has_size = !text.empty() && text.size() <= label_octets_max;
  return has_size && text.front() != '-' && text.back() != '-' && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// One label, or several with dots between. A last one of digits alone would make it an address.
constexpr bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > name_octets_max) return false;
  const auto dot = text.rfind('.');
  if (dot != text.npos && text.find_first_not_of("0123456789", dot + 1) == text.npos) return false;
  for (;;) {
    const auto end = text.find('.');
    if (!is_label(text.substr(0, end))) return false;
    if (end == text.npos) return true;
    text.remove_prefix(end + 1);
  }
}

}  // namespace towline::net
