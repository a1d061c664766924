#include "ssh/auth/server/address_patterns.hpp"

#include "text/pattern.hpp"
#include "text/utf8.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>
#include <span>

namespace towline::ssh {

namespace {

namespace ip = boost::asio::ip;

// Longer than any address and any pattern of one.
constexpr std::size_t element_octets_max = 1'022;
constexpr std::size_t element_shown_max = 60;

std::vector<std::uint8_t> octets_of(const ip::address& address) {
  if (address.is_v4()) {
    const auto octets = address.to_v4().to_bytes();
    return {octets.begin(), octets.end()};
  }
  const auto octets = address.to_v6().to_bytes();
  return {octets.begin(), octets.end()};
}

unsigned bits_of(const ip::address& address) { return address.is_v4() ? 32 : 128; }

bool same_front(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::ranges::equal(a.first(whole), b.first(whole))) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

bool has_bits_behind(const ip::address& address, unsigned bits) {
  const auto octets = octets_of(address);
  for (unsigned bit = bits; bit < bits_of(address); ++bit) {
    if ((octets[bit / 8] >> (7 - bit % 8) & 1U) != 0) return true;
  }
  return false;
}

std::optional<ip::address> address_from(std::string_view text) {
  boost::system::error_code error;
  auto address = ip::make_address(text, error);
  if (error) return std::nullopt;
  return address;
}

// Nothing for what is no network; bits behind the mask are for the caller to judge.
std::optional<Network> network_from(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = address_from(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == text.npos) return Network{*address, bits_of(*address)};
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || bits > bits_of(*address))
    return std::nullopt;
  return Network{*address, bits};
}

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

ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

bool Network::contains(const ip::address& other) const {
  if (address.is_v4() != other.is_v4()) return false;
  return same_front(octets_of(address), octets_of(other), bits);
}

std::string AddressPatterns::parse_element(std::string_view text, Form form, Element& element) {
  element.negated = form == Form::from && text.starts_with('!');
  if (element.negated) text.remove_prefix(1);
  if (text.empty()) return "there is an empty entry in the list of addresses";
  if (text.size() > element_octets_max) return "an entry of the list of addresses is too long";
  element.network = network_from(text);
  if (element.network) {
    if (has_bits_behind(element.network->address, element.network->bits))
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
  const auto address = unmapped(*client);
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
