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

// What a key exchange has agreed on.
struct Negotiated {
  struct Way {
    std::string cipher;
    std::string mac;  // empty where the cipher authenticates by itself

    bool operator==(const Way&) const = default;
  };
  std::string key_exchange;
  std::string host_key;  // the algorithm
  Way to_server;
  Way to_client;

  bool operator==(const Negotiated&) const = default;
};

// One of its ways: a MAC that is agreed on beside a cipher that needs none is none.
Negotiated::Way negotiated_way(std::string cipher, std::string mac);

}  // namespace towline::ssh
