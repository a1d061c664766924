// SSH_MSG_KEXINIT (RFC 4253, 7.1) as a server sends it.
#pragma once

#include "ssh/transport/negotiation.hpp"
#include "unit/ssh/wire/wire_string.hpp"

#include <string>
#include <vector>

namespace towline::ssh {

inline std::vector<std::uint8_t> kexinit_message(const KexInit& init) {
  std::string message = "\x14" + std::string(16, 'c');
  for (const auto* list :
       {&init.key_exchange, &init.host_key, &init.cipher_to_server, &init.cipher_to_client,
        &init.mac_to_server, &init.mac_to_client, &init.compression_to_server, &init.compression_to_client}) {
    message += wire_string(*list);
  }
  message += wire_string("") + wire_string("") + std::string(5, '\0');
  return {message.begin(), message.end()};
}

// A server that shares one algorithm of each list with us.
inline KexInit usual_kexinit() {
  return {"curve25519-sha256,ext-info-s",
          "ssh-ed25519",
          "aes256-ctr",
          "aes256-ctr",
          "hmac-sha2-256",
          "hmac-sha2-256",
          "none,zlib@openssh.com",
          "none"};
}

}  // namespace towline::ssh
