// Facts for tests: a fixed moment, and forwards in chosen states.
#pragma once

#include "observe/facts.hpp"

#include <memory>
#include <string>
#include <utility>

namespace towline::observe {

// Another cipher each way, as only a server with lists of its own brings about.
inline SessionAlgorithms sample_algorithms() {
  return {.kex = "curve25519-sha256",
          .host_key_algorithm = "ssh-ed25519",
          .cipher = "aes128-gcm@openssh.com",
          .mac = "",
          .cipher_to_client = "aes256-ctr",
          .mac_to_client = "hmac-sha2-256"};
}

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;

// 2026-01-02T03:04:05.678Z, one hour after the steady clock's start.
inline Instant sample_now() {
  constexpr auto day = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2};
  return {Steady::time_point{1h}, Wall::time_point{day + 3h + 4min + 5s + 678ms}};
}

inline Instant before(Steady::duration age) {
  Instant now = sample_now();
  return {now.steady - age, now.wall - std::chrono::duration_cast<Wall::duration>(age)};
}

inline ForwardTraits sample_traits(std::string name) {
  return {.name = std::move(name),
          .mode = "local",
          .listen = "127.0.0.1:5432",
          .target = "db:5432",
          .server = "me@bastion:22",
          .required = true,
          .max_connections = 4096,
          .rx_deadline = 40s};
}

// In this state for 42 s, last heard of 3 s ago.
inline ForwardFacts sample_forward(std::string name, ForwardState state, Reason reason = {}) {
  ForwardStatus status;
  status.state = state;
  status.reason = reason;
  ForwardFacts facts;
  facts.traits = std::make_shared<const ForwardTraits>(sample_traits(std::move(name)));
  facts.status = std::make_shared<const ForwardStatus>(std::move(status));
  facts.since = before(42s);
  if (state == ForwardState::up) facts.up_since = facts.since;
  facts.last_received = sample_now().steady - 3s;
  return facts;
}

inline Facts sample_facts(std::vector<ForwardFacts> forwards) {
  Facts facts;
  facts.now = sample_now();
  facts.process_start = before(10min);
  facts.forwards = std::move(forwards);
  facts.loops = {{.name = "main", .last_beat = sample_now().steady - 1s}};
  return facts;
}

inline void change(ForwardFacts& facts, auto&& edit) {
  ForwardStatus status = *facts.status;
  edit(status);
  facts.status = std::make_shared<const ForwardStatus>(std::move(status));
}

inline void configure(ForwardFacts& facts, auto&& edit) {
  ForwardTraits traits = *facts.traits;
  edit(traits);
  facts.traits = std::make_shared<const ForwardTraits>(std::move(traits));
}

}  // namespace towline::observe
