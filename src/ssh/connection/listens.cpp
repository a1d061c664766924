#include "ssh/connection/listens.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh::connection {

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
  found->accepted = true;
  if (!found->address.is_unix()) found->address.tcp.port = bound_port;
  return !found->given_up;
}

bool Listens::give_up(ListenId id) {
  auto* found = entry(id);
  if (!found || found->accepted) return false;
  found->given_up = true;
  return true;
}

void Listens::remove(ListenId id) {
  std::erase_if(entries_, [id](const Entry& e) { return e.id == id; });
}

const ListenAddress* Listens::find(ListenId id) const {
  auto it = std::ranges::find(entries_, id, &Entry::id);
  return it == entries_.end() ? nullptr : &it->address;
}

std::optional<ListenId> Listens::match(std::string_view address, std::uint32_t port) const {
  std::optional<ListenId> first_with_port;
  for (const auto& e : entries_) {
    if (!e.accepted || e.address.is_unix() || e.address.tcp.port != port) continue;
    if (e.address.tcp.host == address) return e.id;
    if (!first_with_port) first_with_port = e.id;
  }
  return first_with_port;
}

std::optional<ListenId> Listens::match_path(std::string_view path) const {
  for (const auto& e : entries_) {
    if (e.accepted && e.address.path == path && e.address.is_unix()) return e.id;
  }
  return std::nullopt;
}

}  // namespace towline::ssh::connection
