#include "expose/names/directory.hpp"

#include "net/dns_name.hpp"
#include "text/pattern.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <ranges>
#include <string>
#include <utility>

namespace towline::expose {

namespace {

// Long enough not to hold up every visitor, short enough for one that comes back.
constexpr std::chrono::seconds rest_time{10};

bool is_alias(Kind kind) { return kind == Kind::alias || kind == Kind::ssh_alias; }

bool is_admitted(const Offer& offer, const Caller& caller) {
  const auto& known = offer.words.fingerprints;
  if (is_alias(offer.place.kind) && !known.empty() &&
      std::ranges::find(known, caller.fingerprint) == known.end())
    return false;
  return admits(offer.words, caller.address);
}

// splitmix64's last steps: neighbours are not alike.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ value >> 27U) * 0x94d049bb133111ebULL;
  return value ^ value >> 31U;
}

// Rendezvous hashing: when a client goes, the visitors of the others stay where they are.
std::uint64_t weight(const Offer& offer, std::uint64_t of_address) {
  return mixed(of_address ^ mixed(offer.id));
}

std::uint64_t hash_of(const ssh::ClientAddress& address) {
  return address ? std::hash<std::string>()(net::unmapped(*address).to_string()) : 0;
}

}  // namespace

std::string_view label_of(NotFound why) {
  constexpr auto labels = std::to_array<std::string_view>({"unknown", "not_admitted", "full"});
  return labels.at(static_cast<std::size_t>(why));
}

std::vector<OfferId> Directory::at(const Place& place) const {
  const auto [begin, end] = places_.equal_range(place);
  std::vector<OfferId> ids;
  for (auto it = begin; it != end; ++it) ids.push_back(it->second);
  return ids;
}

std::variant<Directory::Added, NotHad> Directory::would_add(const Offer& offer) const {
  if (find(offer.client, offer.asked) != nullptr) return NotHad::twice;
  const auto of_account = std::ranges::count_if(std::views::values(offers_), [&](const Offer& other) {
    return other.account.id() == offer.account.id();
  });
  if (options_.quota > 0 && static_cast<std::size_t>(of_account) >= options_.quota) return NotHad::quota;
  if (offer.place == Place{Kind::tcp, {}, 0}) return Added{};
  auto rivals = at(offer.place);
  std::erase_if(rivals, [&](OfferId id) { return offers_.at(id).client == offer.client; });
  if (rivals.empty() || options_.same_name == SameName::balance) return Added{};
  if (options_.same_name == SameName::refuse) return NotHad::name_taken;
  return Added{0, std::move(rivals)};
}

std::variant<Directory::Added, NotHad> Directory::add(Offer offer) {
  auto added = would_add(offer);
  if (std::holds_alternative<NotHad>(added)) return added;
  auto& [id, replaced] = std::get<Added>(added);
  for (const auto old : replaced) remove(old);
  id = offer.id = ++last_id_;
  places_.emplace(offer.place, id);
  offers_.emplace(id, std::move(offer));
  return added;
}

void Directory::remove(OfferId id) {
  const auto found = offers_.find(id);
  if (found == offers_.end()) return;
  const auto& place = found->second.place;
  const auto [begin, end] = places_.equal_range(place);
  for (auto it = begin; it != end; ++it) {
    if (it->second != id) continue;
    places_.erase(it);
    break;
  }
  if (!places_.contains(place)) turns_.erase(place);
  offers_.erase(found);
}

void Directory::reword(OfferId id, Words words) {
  const auto found = offers_.find(id);
  if (found != offers_.end()) found->second.words = std::move(words);
}

const Offer* Directory::find(OfferId id) const {
  const auto found = offers_.find(id);
  return found == offers_.end() ? nullptr : &found->second;
}

const Offer* Directory::find(ClientNumber client, const net::HostPort& asked) const {
  for (const auto& offer : std::views::values(offers_)) {
    if (offer.client == client && offer.asked == asked) return &offer;
  }
  return nullptr;
}

std::vector<OfferId> Directory::of_client(ClientNumber client) const {
  std::vector<OfferId> ids;
  for (const auto& [id, offer] : offers_) {
    if (offer.client == client) ids.push_back(id);
  }
  return ids;
}

std::vector<ClientNumber> Directory::possible_ghosts(const Place& place, const Account& account,
                                                     ClientNumber but_for) const {
  std::vector<ClientNumber> clients;
  for (const auto id : at(place)) {
    const auto& offer = offers_.at(id);
    if (offer.client != but_for && offer.account == account) clients.push_back(offer.client);
  }
  return clients;
}

std::vector<const Offer*> Directory::candidates(const Place& place, const Caller& caller, Time now,
                                                NotFound& why) const {
  std::vector<const Offer*> all;
  why = NotFound::unknown;
  for (const auto id : at(place)) {
    const auto& offer = offers_.at(id);
    if (!is_admitted(offer, caller)) {
      if (why == NotFound::unknown) why = NotFound::not_admitted;
    } else if (offer.visitors >= pool_of(offer)) {
      why = NotFound::full;
    } else {
      all.push_back(&offer);
    }
  }
  const auto is_resting = [now](const Offer* offer) { return offer->rests_until > now; };
  if (!std::ranges::all_of(all, is_resting)) std::erase_if(all, is_resting);
  return all;
}

const Offer* Directory::pick(const std::vector<const Offer*>& from, const Place& place, const Caller& caller,
                             std::uint64_t chance) {
  switch (options_.balance) {
    case Balance::random: return from[chance % from.size()];
    case Balance::round_robin: return from[turns_[place]++ % from.size()];
    case Balance::ip_hash: {
      const auto address = hash_of(caller.address);
      return std::ranges::max(from, {}, [&](const Offer* offer) { return weight(*offer, address); });
    }
    case Balance::least: return std::ranges::min(from, {}, &Offer::visitors);
  }
  return from.front();
}

std::variant<const Offer*, NotFound> Directory::choose(const Place& place, const Caller& caller,
                                                       std::uint64_t chance, Time now) {
  auto why = NotFound::unknown;
  const auto from = candidates(place, caller, now, why);
  if (from.empty()) return why;
  return pick(from, place, caller, chance);
}

std::variant<const Offer*, NotFound> Directory::choose_any(const net::HostPort& target, const Caller& caller,
                                                           std::uint64_t chance, Time now,
                                                           const NameOptions& options) {
  const auto name = text::lower_case(target.host);
  const auto host = net::is_label(name) && !options.domain.empty() ? name + '.' + options.domain : name;
  std::vector<Place> places{{Kind::alias, name, target.port}};
  if (target.port == 22) places.push_back({Kind::ssh_alias, name, 22});
  if (target.port == 80) places.push_back({Kind::http, host, 0});
  if (target.port == 443) places.push_back({Kind::sni, host, 0});
  if (is_any_address(name, options)) places = {{Kind::tcp, {}, target.port}};
  auto why = NotFound::unknown;
  for (const auto& place : places) {
    auto found = choose(place, caller, chance, now);
    if (std::holds_alternative<const Offer*>(found)) return found;
    why = std::max(why, std::get<NotFound>(found));
  }
  return why;
}

void Directory::entered(OfferId id) {
  const auto found = offers_.find(id);
  if (found != offers_.end()) ++found->second.visitors;
}

void Directory::left(OfferId id) {
  const auto found = offers_.find(id);
  if (found != offers_.end() && found->second.visitors > 0) --found->second.visitors;
}

void Directory::failed(OfferId id, Time now) {
  const auto found = offers_.find(id);
  if (found != offers_.end()) found->second.rests_until = now + rest_time;
}

}  // namespace towline::expose
