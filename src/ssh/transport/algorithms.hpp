// What we offer the peer, and what was agreed.
#pragma once

#include "ssh/keys/algorithm_policy.hpp"
#include "ssh/transport/options.hpp"

#include <string>

namespace towline::ssh {

// Comma lists in order of preference, ssh's names.
struct Algorithms {
  std::string key_exchange;
  std::string host_key;
  std::string cipher;
  std::string mac;
  std::string signature;  // of the user's keys, and with a client's certificates
};

// Our lists as `wish` changes them; `host_keys` is ours for this server. A wish that leaves nothing is
// passed over: config/ has refused it. Pure.
Algorithms algorithms_for(const AlgorithmOptions& wish, const AlgorithmNames& host_keys);

// The same where we are the server, whose host keys can sign with `host_keys`.
Algorithms server_algorithms_for(const AlgorithmOptions& wish, const AlgorithmNames& host_keys);

struct Negotiated {
  std::string key_exchange;
  std::string host_key;
  std::string cipher;  // the same in both directions
  std::string mac;     // empty where the cipher authenticates by itself
};

}  // namespace towline::ssh
