#include "net/free_port.hpp"

#include "text/file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace towline::net {

namespace {

// Above the ports that programs are known by: where Linux begins by default to choose for itself.
constexpr std::uint32_t chosen_min = 32'768;
constexpr std::uint32_t chosen_max = 65'535;
// Of each kind; somebody else has that many of them in a row only where hardly any is left.
constexpr std::size_t tries_max = 64;

// Takes a number off the front.
std::optional<std::uint16_t> take_port(std::string_view& text) {
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return port;
}

// "9148-9150", "32768\t60999" or "8080", and what separates it from the next.
std::optional<PortRange> take_range(std::string_view& text, std::string_view between) {
  const auto first = take_port(text);
  if (!first) return std::nullopt;
  PortRange range{*first, *first};
  if (!text.empty() && between.find(text.front()) != between.npos) {
    text.remove_prefix(1);
    const auto last = take_port(text);
    if (!last) return std::nullopt;
    range.last = *last;
  }
  if (!text.empty()) text.remove_prefix(1);
  return range;
}

bool is_reserved(const PortRules& rules, std::uint16_t port) {
  return std::ranges::any_of(rules.reserved, [port](const PortRange& range) { return range.contains(port); });
}

}  // namespace

bool PortRules::may_be_outgoing(std::uint16_t port) const {
  return outgoing.contains(port) && !is_reserved(*this, port);
}

PortRules parse_port_rules(std::string_view outgoing, std::string_view reserved) {
  PortRules rules;
  if (const auto range = take_range(outgoing, " \t")) rules.outgoing = *range;
  while (const auto range = take_range(reserved, "-")) rules.reserved.push_back(*range);
  return rules;
}

PortRules port_rules() {
  return parse_port_rules(text::read_file("/proc/sys/net/ipv4/ip_local_port_range").text.reveal(),
                          text::read_file("/proc/sys/net/ipv4/ip_local_reserved_ports").text.reveal());
}

std::vector<std::uint16_t> ports_to_try(const PortRules& rules, std::mt19937& random) {
  std::vector<std::uint16_t> ours;
  std::vector<std::uint16_t> anybodys;
  for (auto number = chosen_min; number <= chosen_max; ++number) {
    const auto port = static_cast<std::uint16_t>(number);
    if (!is_reserved(rules, port)) (rules.outgoing.contains(port) ? anybodys : ours).push_back(port);
  }
  std::vector<std::uint16_t> chosen;
  for (auto* ports : {&ours, &anybodys}) {
    std::ranges::shuffle(*ports, random);
    chosen.insert(chosen.end(), ports->begin(),
                  ports->begin() + static_cast<std::ptrdiff_t>(std::min(ports->size(), tries_max)));
  }
  return chosen;
}

}  // namespace towline::net
