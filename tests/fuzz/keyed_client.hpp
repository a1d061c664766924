// The client's part of a key exchange, for a target that has to know the keys.
#pragma once

#include "keyed_exchange.hpp"

namespace towline::fuzz {

class KeyedClient {
 public:
  static constexpr std::string_view identification = "SSH-2.0-keyed";

  explicit KeyedClient(const Suite& suite) : key_init_(key_init_message(suite)) {}

  const std::string& key_init() const { return key_init_; }  // SSH_MSG_KEXINIT
  static std::string exchange_init();                        // SSH_MSG_KEX_ECDH_INIT
  // The keys of the way to the server, from all that it has said to these three. Its signature is not looked
  // at.
  RecordKeys keys(std::string_view server_said) const;

 private:
  std::string key_init_;
};

}  // namespace towline::fuzz
