// What the key exchange of an SSH session has agreed on, in ssh's names.
#pragma once

#include "observe/log_line.hpp"

#include <compare>
#include <string>
#include <vector>

namespace towline::observe {

// None of it secret, and all of it out of lists of ours: a bounded set of values.
struct SessionAlgorithms {
  std::string kex;
  std::string host_key_algorithm;
  std::string cipher;  // from the client to the server
  std::string mac;     // likewise; empty where the cipher authenticates by itself
  std::string cipher_to_client;
  std::string mac_to_client;

  auto operator<=>(const SessionAlgorithms&) const = default;
};

// Out of ssh::Negotiated, which nobody here knows.
template <class Negotiated>
SessionAlgorithms session_algorithms(const Negotiated& agreed) {
  return {.kex = agreed.key_exchange,
          .host_key_algorithm = agreed.host_key,
          .cipher = agreed.to_server.cipher,
          .mac = agreed.to_server.mac,
          .cipher_to_client = agreed.to_client.cipher,
          .mac_to_client = agreed.to_client.mac};
}

// For a line of the log; they refer to `algorithms`.
std::vector<Field> fields_of(const SessionAlgorithms& algorithms);

}  // namespace towline::observe
