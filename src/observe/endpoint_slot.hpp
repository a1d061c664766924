// Where an endpoint's thread writes down who its clients are and what they have open, and the admin thread
// reads it.
#pragma once

#include "observe/count.hpp"
#include "observe/facts.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::observe {

// One client. Thread-safe. A channel is one relaxed add: nothing is published for it.
class ClientSlot {
 public:
  explicit ClientSlot(ClientTraits traits)
      : traits_(std::make_shared<const ClientTraits>(std::move(traits))) {}

  void opened(ChannelKind kind) { channels_.add(kind); }
  void closed(ChannelKind kind) { channels_.subtract(kind); }
  // A listener that the server has for it, in the client's words, and its end.
  void listens(std::string_view where);
  void listens_no_more(std::string_view where);
  // By its whole name, which facts() may shorten.
  bool has_listener(std::string_view where) const;

  const ClientTraits& traits() const { return *traits_; }
  ClientFacts facts() const;

 private:
  const std::shared_ptr<const ClientTraits> traits_;
  CountPer<ChannelKind> channels_;
  mutable std::mutex mutex_;
  std::vector<std::string> listens_;
};

// One endpoint. Thread-safe. Who comes or goes changes one entry, however many there are.
class EndpointSlot {
 public:
  explicit EndpointSlot(std::string forward) : forward_(std::move(forward)) {}

  void listening(std::vector<std::string> where);
  void shows(std::vector<HostKeyInfo> host_keys);
  // Until leave(); what the slot is told after that nobody sees.
  std::shared_ptr<ClientSlot> enter(ClientTraits traits);
  void leave(const ClientSlot& client);

  bool has(std::uint64_t id) const;
  // A listener of any client.
  bool has_listener(std::string_view where) const;
  // The first 1,024 clients, with the first 8 listeners of each; the others are counted.
  EndpointFacts facts() const;

 private:
  const std::string forward_;
  mutable std::mutex mutex_;
  std::vector<std::string> listen_;
  std::vector<HostKeyInfo> host_keys_;
  std::map<std::uint64_t, std::shared_ptr<ClientSlot>> clients_;
};

}  // namespace towline::observe
