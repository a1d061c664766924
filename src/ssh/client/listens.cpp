#include "ssh/client/listens.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

enum class HostKind { any, loopback, other };

HostKind kind_of(std::string_view host) {
  if (host.empty() || host == "*" || host == "0.0.0.0" || host == "::") return HostKind::any;
  if (host == "localhost" || host == "::1" || host.starts_with("127.")) return HostKind::loopback;
  return HostKind::other;
}

// How well the address that the server names fits the one it was asked for; more is better.
int likeness(std::string_view asked, std::string_view named) {
  if (asked == named) return 3;
  const auto kind = kind_of(asked);
  if (kind != HostKind::other && kind == kind_of(named)) return 2;
  return kind == HostKind::any ? 1 : 0;
}

}  // namespace

ListenId Listens::add(ListenAddress address) {
  entries_.push_back({.id = next_, .address = std::move(address)});
  return next_++;
}

Listens::Entry* Listens::entry(ListenId id) {
  auto it = std::ranges::find(entries_, id, &Entry::id);
  return it == entries_.end() ? nullptr : &*it;
}

bool Listens::accepted(ListenId id, std::uint16_t bound_port) {
  auto* found = entry(id);
  if (!found) return false;
  if (!found->address.is_unix()) found->address.tcp.port = bound_port;
  return std::exchange(found->phase, Phase::accepted) != Phase::given_up;
}

bool Listens::give_up(ListenId id) {
  auto* found = entry(id);
  if (!found || (found->phase != Phase::requested && found->phase != Phase::given_up)) return false;
  found->phase = Phase::given_up;
  return true;
}

void Listens::remove(ListenId id) {
  std::erase_if(entries_, [id](const Entry& e) { return e.id == id; });
}

void Listens::cancel(ListenId id) {
  if (auto* found = entry(id)) found->phase = Phase::cancelled;
}

void Listens::retire(ListenId id) {
  auto* found = entry(id);
  if (!found) return;
  found->phase = Phase::retired;
  std::erase_if(entries_, [found = *found](const Entry& e) {
    return e.phase == Phase::retired && e.address == found.address && e.id != found.id;
  });
}

const ListenAddress* Listens::find(ListenId id) const {
  const auto it = std::ranges::find(entries_, id, &Entry::id);
  const bool known = it != entries_.end() && it->phase != Phase::cancelled && it->phase != Phase::retired;
  return known ? &it->address : nullptr;
}

Listens::Candidates Listens::candidates(bool is_unix) const {
  Candidates found;
  for (const auto& e : entries_) {
    if (e.takes() && e.address.is_unix() == is_unix) found.push_back(&e);
  }
  return found;
}

Match Listens::the_one_of(const Candidates& candidates, ChannelFit fit) {
  if (candidates.empty()) return {ChannelFit::unasked};
  if (candidates.size() > 1) return {ChannelFit::ambiguous};
  return {fit, candidates.front()->id};
}

bool Listens::any_retired(auto&& fits) const {
  return std::ranges::any_of(
      entries_, [&fits](const Entry& e) { return e.phase == Phase::retired && fits(e.address); });
}

Match Listens::match(std::string_view address, std::uint32_t port) const {
  const auto live = match_live(address, port);
  if (live.fit == ChannelFit::named) return live;
  const auto fits = [port](const ListenAddress& retired) {
    return !retired.is_unix() && retired.tcp.port == port;
  };
  return any_retired(fits) ? Match{ChannelFit::cancelled} : live;
}

Match Listens::match_path(std::string_view path) const {
  const auto live = match_live_path(path);
  if (live.fit == ChannelFit::named) return live;
  const auto fits = [path](const ListenAddress& retired) { return retired.path == path; };
  return any_retired(fits) ? Match{ChannelFit::cancelled} : live;
}

Match Listens::match_live(std::string_view address, std::uint32_t port) const {
  auto found = candidates(false);
  const auto elsewhere = [port](const Entry* e) { return e->address.tcp.port != port; };
  const bool port_is_ours = !std::ranges::all_of(found, elsewhere);
  if (port_is_ours) std::erase_if(found, elsewhere);
  if (!port_is_ours && port != 0 && found.size() > 1) return {ChannelFit::unasked};

  int best = 0;
  for (const auto* e : found) best = std::max(best, likeness(e->address.tcp.host, address));
  std::erase_if(found, [&](const Entry* e) { return likeness(e->address.tcp.host, address) < best; });
  return the_one_of(found, port_is_ours ? ChannelFit::named : ChannelFit::only_one);
}

Match Listens::match_live_path(std::string_view path) const {
  auto found = candidates(true);
  const auto other = [path](const Entry* e) { return e->address.path != path; };
  if (std::ranges::all_of(found, other))
    return found.size() > 1 ? Match{ChannelFit::unasked} : the_one_of(found, ChannelFit::only_one);
  std::erase_if(found, other);
  return the_one_of(found, ChannelFit::named);
}

std::string Listens::described() const {
  std::string text;
  for (const auto& e : entries_) {
    if (e.phase != Phase::accepted) continue;
    if (!text.empty()) text += ", ";
    text += e.address.is_unix() ? e.address.path : net::to_string(e.address.tcp);
  }
  return text;
}

}  // namespace towline::ssh
