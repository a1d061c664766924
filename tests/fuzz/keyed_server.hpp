// The server's part of a key exchange, for a target that has to know the keys.
#pragma once

#include "keyed_exchange.hpp"

namespace towline::fuzz {

class KeyedServer {
 public:
  static constexpr std::string_view identification = "SSH-2.0-keyed";

  explicit KeyedServer(const Suite& suite);

  const std::string& key_init() const { return key_init_; }  // SSH_MSG_KEXINIT
  // SSH_MSG_KEX_ECDH_REPLY to all that the client has said; then the keys are there.
  std::string key_reply(std::string_view client_said);
  const RecordKeys& keys() const { return keys_; }

 private:
  std::string key_init_;
  RecordKeys keys_;
};

}  // namespace towline::fuzz
