// What to ask for in a negotiation.
#pragma once

#include <string>

namespace towline::ssh {

// Lists as in ssh_config(5), with its "+", "-" and "^" in front; empty: our own (keys/algorithm_policy.hpp).
struct AlgorithmOptions {
  std::string key_exchange{};  // KexAlgorithms
  std::string host_key{};      // HostKeyAlgorithms
  std::string cipher{};        // Ciphers
  std::string mac{};           // MACs
  std::string signature{};     // PubkeyAcceptedAlgorithms
};

}  // namespace towline::ssh
