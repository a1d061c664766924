// Private keys made by ssh-keygen, as an endpoint has them.
#pragma once

#include "ssh/keys/private_key.hpp"
#include "ssh/transport/server/server_keys.hpp"
#include "unit/ssh/keys/keygen.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace towline::ssh {

struct MadeKeys {
  // Types as for ssh-keygen's -t: "ecdsa -b 384".
  MadeKeys(std::initializer_list<const char*> types) {
    const Keygen keygen;
    for (const auto* type : types) {
      const auto name = "key" + std::to_string(keys.size());
      keygen.make(name, type);
      keys.push_back(read_private_key(TextSource{.file = keygen.path(name)}, "").value());
    }
  }

  ServerKeys server(const AlgorithmOptions& wish = {}) const {
    return ServerKeys::import(keys, wish).value();
  }

  std::vector<SigningKey> keys;
};

}  // namespace towline::ssh
