#include "observe/endpoint_slot.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace towline::observe {

namespace {

// TOWLINE_MAX_CLIENTS, where nobody has raised it: then all of them are told.
constexpr std::size_t clients_told_max = 1024;
constexpr std::size_t listens_told_max = 8;
constexpr std::size_t listen_told_max = 80;   // characters
constexpr std::size_t listen_kept_max = 300;  // the longest name of RFC 1035 is known whole

}  // namespace

void ClientSlot::listens(std::string_view where) {
  auto text = text::one_line(where, listen_kept_max);
  const std::lock_guard lock(mutex_);
  listens_.push_back(std::move(text));
}

void ClientSlot::listens_no_more(std::string_view where) {
  const auto text = text::one_line(where, listen_kept_max);
  const std::lock_guard lock(mutex_);
  const auto it = std::ranges::find(listens_, text);
  if (it != listens_.end()) listens_.erase(it);
}

bool ClientSlot::has_listener(std::string_view where) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::find(listens_, where) != listens_.end();
}

ClientFacts ClientSlot::facts() const {
  ClientFacts facts;
  facts.traits = traits_;
  for (const ChannelKind kind : all<ChannelKind>())
    facts.channels.at(static_cast<std::size_t>(kind)) = channels_.value(kind);
  const std::lock_guard lock(mutex_);
  const auto told = std::min(listens_.size(), listens_told_max);
  for (std::size_t i = 0; i < told; ++i)
    facts.listens.push_back(text::one_line(listens_[i], listen_told_max));
  facts.listens_more = listens_.size() - told;
  return facts;
}

void EndpointSlot::listening(std::vector<std::string> where) {
  const std::lock_guard lock(mutex_);
  listen_.swap(where);
}

void EndpointSlot::shows(std::vector<HostKeyInfo> host_keys) {
  const std::lock_guard lock(mutex_);
  host_keys_.swap(host_keys);
}

std::shared_ptr<ClientSlot> EndpointSlot::enter(ClientTraits traits) {
  auto client = std::make_shared<ClientSlot>(std::move(traits));
  const std::lock_guard lock(mutex_);
  return clients_[client->traits().id] = client;
}

void EndpointSlot::leave(const ClientSlot& client) {
  const std::lock_guard lock(mutex_);
  clients_.erase(client.traits().id);
}

bool EndpointSlot::has(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  return clients_.contains(id);
}

bool EndpointSlot::has_listener(std::string_view where) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(clients_,
                             [&](const auto& client) { return client.second->has_listener(where); });
}

// A client is asked for its facts when the endpoint is free again.
EndpointFacts EndpointSlot::facts() const {
  EndpointFacts facts;
  facts.forward = forward_;
  std::vector<std::shared_ptr<ClientSlot>> told;
  {
    const std::lock_guard lock(mutex_);
    facts.listen = listen_;
    facts.host_keys = host_keys_;
    for (const auto& [id, client] : clients_) {
      if (told.size() == clients_told_max) break;
      told.push_back(client);
    }
    facts.clients_more = clients_.size() - told.size();
  }
  for (const auto& client : told) facts.clients.push_back(client->facts());
  return facts;
}

}  // namespace towline::observe
