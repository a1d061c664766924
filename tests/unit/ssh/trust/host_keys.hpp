// Servers and keys for the tests of known_hosts and of what is decided by it.
#pragma once

#include "net/host_port.hpp"
#include "ssh/keys/host_key.hpp"

#include <cstdint>

namespace towline::ssh {

inline const net::HostPort bastion{"bastion", 22};
inline const net::HostPort bastion_2222{"bastion", 2222};
inline const net::HostPort example{"example.com", 22};
inline const net::HostPort example_2222{"example.com", 2222};

// Nobody's key: its 32 octets are all the same.
inline HostKey ed25519_key(char filling) {
  HostKey key{"ssh-ed25519", {0, 0, 0, 11}};
  for (const char c : key.type) key.blob.push_back(static_cast<std::uint8_t>(c));
  key.blob.insert(key.blob.end(), {0, 0, 0, 32});
  key.blob.insert(key.blob.end(), 32, static_cast<std::uint8_t>(filling));
  return key;
}

}  // namespace towline::ssh
