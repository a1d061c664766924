// Clients of endpoints, counted.
#pragma once

#include "observe/client_sessions.hpp"
#include "observe/count.hpp"
#include "observe/endpoint_slot.hpp"
#include "ssh/auth/server/refusal.hpp"
#include "ssh/auth/server/user_authentication.hpp"
#include "ssh/server/admission.hpp"

#include <array>
#include <cstdint>

namespace towline::observe {
class FamilySet;
}

namespace towline::endpoint {

// One for the process; thread-safe, and lock-free but for the sessions.
class ClientMetrics {
 public:
  void connected() { connected_.add(); }
  void turned_away(ssh::TurnedAway why) { of(turned_away_, why).add(); }
  void refused(ssh::Refusal why) { of(refused_, why).add(); }
  void logged_in(ssh::LoginMethod method, const observe::SessionAlgorithms& agreed);
  void gone(observe::Disconnect reason, const observe::SessionAlgorithms& agreed);
  void channel_opened(observe::ChannelKind kind) { channels_.add(kind); }
  void channel_closed(observe::ChannelKind kind) { channels_.subtract(kind); }
  // Payload from and to clients; called per packet, one relaxed add.
  void received(std::uint64_t n) { received_bytes_.add(n); }
  void sent(std::uint64_t n) { sent_bytes_.add(n); }

  void collect(observe::FamilySet& families) const;
  const observe::ClientSessions& sessions() const { return sessions_; }

 private:
  template <class Counts, class E>
  static observe::Count& of(Counts& counts, E value) {
    return counts.at(static_cast<std::size_t>(value));
  }

  observe::Count connected_;
  observe::Count clients_;
  observe::ClientSessions sessions_;
  observe::Count received_bytes_;
  observe::Count sent_bytes_;
  std::array<observe::Count, static_cast<std::size_t>(ssh::TurnedAway::penalty) + 1> turned_away_;
  std::array<observe::Count, static_cast<std::size_t>(ssh::Refusal::login_timeout) + 1> refused_;
  std::array<observe::Count, static_cast<std::size_t>(ssh::LoginMethod::keyboard_interactive) + 1> logins_;
  observe::CountPer<observe::Disconnect> gone_;
  observe::CountPer<observe::ChannelKind> channels_;
};

// One channel of a client, counted while it lives.
class CountedChannel {
 public:
  CountedChannel(ClientMetrics& metrics, observe::ClientSlot& client, observe::ChannelKind kind)
      : metrics_(metrics), client_(client), kind_(kind) {
    metrics_.channel_opened(kind_);
    client_.opened(kind_);
  }
  ~CountedChannel() {
    metrics_.channel_closed(kind_);
    client_.closed(kind_);
  }
  CountedChannel(const CountedChannel&) = delete;
  CountedChannel& operator=(const CountedChannel&) = delete;

 private:
  ClientMetrics& metrics_;
  observe::ClientSlot& client_;
  observe::ChannelKind kind_;
};

}  // namespace towline::endpoint
