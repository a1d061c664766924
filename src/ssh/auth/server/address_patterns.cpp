#include "ssh/auth/server/address_patterns.hpp"

#include "text/pattern.hpp"
#include "text/utf8.hpp"

namespace towline::ssh {

namespace {

// Longer than any address and any pattern of one.
constexpr std::size_t element_octets_max = 1'022;
constexpr std::size_t element_shown_max = 60;

// Written as addresses are, so it has to be one: "10.1" would be a pattern that nobody has.
bool looks_like_address(std::string_view text) {
  if (text.find_first_of("*?") != text.npos) return false;
  return text.find_first_of(":/") != text.npos || text.find_first_not_of("0123456789.") == text.npos;
}

// Whether some address may be written like that.
bool may_match_address(std::string_view pattern) {
  return pattern.find_first_not_of("0123456789abcdef.:*?") == std::string_view::npos &&
         (pattern.find_first_of(".:*?") != std::string_view::npos);
}

std::string quoted_element(std::string_view element) {
  return '"' + text::one_line(element, element_shown_max) + '"';
}

}  // namespace

std::string AddressPatterns::parse_element(std::string_view text, Form form, Element& element) {
  element.negated = form == Form::from && text.starts_with('!');
  if (element.negated) text.remove_prefix(1);
  if (text.empty()) return "there is an empty entry in the list of addresses";
  if (text.size() > element_octets_max) return "an entry of the list of addresses is too long";
  element.network = net::parse_network(text);
  if (element.network) {
    if (element.network->has_bits_behind_mask())
      return quoted_element(text) + " has bits set behind its mask";
    return {};
  }
  if (form == Form::source_address || looks_like_address(text))
    return quoted_element(text) + " is no address and no network";
  element.pattern = text::lower_case(text);
  if (element.negated && !may_match_address(element.pattern))
    return quoted_element(text) + " would refuse a name, and names of clients are not looked up";
  return {};
}

std::string AddressPatterns::parse(std::string_view list, Form form, AddressPatterns& patterns) {
  patterns = {};
  for (bool more = true; more;) {
    const auto comma = list.find(',');
    Element element;
    if (auto problem = parse_element(list.substr(0, comma), form, element); !problem.empty()) return problem;
    if (!element.network && !may_match_address(element.pattern) && patterns.unused_.empty())
      patterns.unused_ = text::one_line(element.pattern, element_shown_max);
    patterns.elements_.push_back(std::move(element));
    more = comma != list.npos;
    if (more) list.remove_prefix(comma + 1);
  }
  return {};
}

bool AddressPatterns::permits(const ClientAddress& client) const {
  if (!client) return false;
  const auto address = net::unmapped(*client);
  const auto written = address.to_string();
  bool permitted = false;
  for (const auto& element : elements_) {
    const bool matches = element.network ? element.network->contains(address)
                                         : text::matches_pattern(element.pattern, written);
    if (matches && element.negated) return false;
    permitted = permitted || matches;
  }
  return permitted;
}

}  // namespace towline::ssh
