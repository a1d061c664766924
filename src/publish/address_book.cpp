#include "publish/address_book.hpp"

#include "net/host_port.hpp"
#include "publish/address.hpp"
#include "text/pattern.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace towline::publish {

namespace {

// "u:p@name/path" asks for "name".
std::string name_of(std::string_view host) {
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  return text::lower_case(host.substr(0, host.find('/')));
}

std::string_view host_part(std::string_view place) {
  return place.starts_with('[') ? place.substr(0, place.find(']') + 1) : place.substr(0, place.find(':'));
}

std::uint16_t port_part(std::string_view place) {
  const auto rest = place.substr(host_part(place).size());
  return rest.starts_with(':') ? net::parse_port(rest.substr(1)).value_or(0) : std::uint16_t{0};
}

// "name" is the first of "name.example"; some services put the user's name before it, "anna-name.example".
bool is_named(std::string_view host, std::string_view name) {
  if (name.empty() || name == "localhost") return false;
  const auto label = host.substr(0, host.find('.'));
  return host == name || label == name ||
         (label.ends_with(name) && label.substr(0, label.size() - name.size()).ends_with('-'));
}

bool is_http(const AskedForward& asked) { return asked.port == 80 || asked.port == 443; }

}  // namespace

// The addresses as they belong to the forwards, worked out from the first announcement on: what a port or a
// refusal says may come after the words.
struct AddressBook::Entries {
  const std::vector<AskedForward>& forwards;
  std::vector<std::vector<std::string>> addresses{forwards.size()};

  void take(const Announcement& said, bool renews);

 private:
  using Place = std::optional<std::size_t>;

  // The first forward that `fits`, of several the one whose port goes with the address.
  Place find(const Announcement& said, auto&& fits) const;
  Place by_words(const Announcement& said) const;
  Place by_place(std::string_view place, const Announcement& said) const;
  Place by_order(const Announcement& said) const;
};

AddressBook::Entries::Place AddressBook::Entries::find(const Announcement& said, auto&& fits) const {
  const std::string address = said.addresses.empty() ? std::string() : said.addresses.front();
  const auto scheme = scheme_of(address);
  auto port = port_part(place_of(address));
  if (!scheme.empty()) port = scheme == "https" ? 443 : 80;
  Place first;
  for (std::size_t i = 0; i < forwards.size(); ++i) {
    if (forwards[i].refused || !fits(i)) continue;
    if (port != 0 && (forwards[i].port == port || forwards[i].bound == port)) return i;
    if (!first) first = i;
  }
  return first;
}

AddressBook::Entries::Place AddressBook::Entries::by_words(const Announcement& said) const {
  if (!said.host && !said.port) return std::nullopt;
  return find(said, [&](auto i) {
    const auto& asked = forwards[i];
    const bool same_port = !said.port || asked.port == *said.port || asked.bound == *said.port;
    return same_port && (!said.host || asked.host == *said.host);
  });
}

AddressBook::Entries::Place AddressBook::Entries::by_place(std::string_view place,
                                                           const Announcement& said) const {
  const auto host = host_part(place);
  if (auto named = find(said, [&](auto i) { return is_named(host, name_of(forwards[i].host)); }))
    return named;
  const auto is_known = [&](auto i) {
    return std::ranges::any_of(addresses[i], [&](const auto& known) { return place_of(known) == place; });
  };
  if (auto known = find(said, is_known)) return known;
  const auto port = port_part(place);
  if (port == 0) return std::nullopt;
  return find(said, [&](auto i) { return forwards[i].bound == port || forwards[i].port == port; });
}

AddressBook::Entries::Place AddressBook::Entries::by_order(const Announcement& said) const {
  const bool http = !scheme_of(said.addresses.front()).empty();
  const auto first_without = [&](bool any_kind) -> Place {
    for (std::size_t i = 0; i < forwards.size(); ++i) {
      const bool fits = any_kind || is_http(forwards[i]) == http;
      if (fits && !forwards[i].refused && addresses[i].empty()) return i;
    }
    return std::nullopt;
  };
  if (auto place = first_without(false)) return place;
  if (auto place = first_without(true)) return place;
  Place last;
  for (std::size_t i = 0; i < forwards.size(); ++i) {
    if (!forwards[i].refused) last = i;
  }
  return last;
}

void AddressBook::Entries::take(const Announcement& said, bool renews) {
  auto place = by_words(said);
  if (!place && !said.addresses.empty()) place = by_place(place_of(said.addresses.front()), said);
  if (!place && !said.withdrawn) place = by_order(said);
  if (!place) return;
  auto& known = addresses[*place];
  if (said.addresses.empty()) return known.clear();
  const auto is_said = [&](const std::string& one) {
    return std::ranges::find(said.addresses, one) != said.addresses.end();
  };
  const auto is_renewed = [&](const std::string& one) {
    return std::ranges::any_of(said.addresses,
                               [&](const auto& fresh) { return scheme_of(fresh) == scheme_of(one); });
  };
  std::erase_if(known, [&](const std::string& one) {
    return is_said(one) || (renews && !said.withdrawn && is_renewed(one));
  });
  if (said.withdrawn) return;
  for (const auto& address : said.addresses) {
    const bool is_new = std::ranges::find(known, address) == known.end();
    if (is_new && known.size() < addresses_max) known.push_back(address);
  }
}

AddressBook::AddressBook(std::vector<AskedForward> forwards, bool renews)
    : forwards_(std::move(forwards)), renews_(renews) {}

void AddressBook::take(Announcement said) {
  if (said_.size() == announcements_max) said_.erase(said_.begin());
  said_.push_back(std::move(said));
}

bool AddressBook::listens(std::string_view forward, std::uint16_t port) {
  const auto found = std::ranges::find(forwards_, forward, &AskedForward::forward);
  if (found == forwards_.end()) return false;
  found->bound = port;
  found->refused = false;
  return true;
}

bool AddressBook::refused(std::string_view forward) {
  const auto found = std::ranges::find(forwards_, forward, &AskedForward::forward);
  if (found == forwards_.end()) return false;
  found->bound = 0;
  found->refused = true;
  return true;
}

std::vector<std::string> AddressBook::addresses(std::string_view forward) const {
  Entries entries{forwards_};
  for (const auto& said : said_) entries.take(said, renews_);
  const auto found = std::ranges::find(forwards_, forward, &AskedForward::forward);
  if (found == forwards_.end()) return {};
  const auto& mine = entries.addresses[static_cast<std::size_t>(found - forwards_.begin())];
  std::vector<std::string> ordered;
  for (const bool https : {true, false}) {
    std::ranges::copy_if(mine, std::back_inserter(ordered),
                         [https](const auto& one) { return (scheme_of(one) == "https") == https; });
  }
  return ordered;
}

Judgement judge(std::vector<std::string> addresses, std::string_view expected) {
  using enum Judgement::Verdict;
  if (addresses.empty()) return {};
  if (expected.empty()) return {right, std::move(addresses)};
  const auto wanted = place_of(expected);
  std::vector<std::string> others;
  std::ranges::copy_if(addresses, std::back_inserter(others),
                       [&](const auto& one) { return place_of(one) != wanted; });
  std::erase_if(addresses, [&](const auto& one) { return place_of(one) != wanted; });
  const auto address = address_of(expected);
  const bool exact = !scheme_of(address).empty();
  const bool there = exact ? std::ranges::find(addresses, address) != addresses.end() : !addresses.empty();
  if (there) return {right, std::move(addresses)};
  if (!addresses.empty() || others.empty()) return {};
  return {other, std::move(others)};
}

}  // namespace towline::publish
