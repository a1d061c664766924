// What we offer the server, and what was agreed.
#pragma once

#include <string>

namespace towline::ssh {

// Comma lists in order of preference, libssh2's names. No SHA-1, no CBC, no MD5, no finite-field
// Diffie-Hellman.
struct Algorithms {
  std::string key_exchange =
      "mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,"
      "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521";
  std::string host_key =
      "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
  std::string cipher =
      "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes192-ctr,"
      "aes128-ctr";
  std::string mac = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
  std::string signature = "rsa-sha2-512,rsa-sha2-256";
};

struct Negotiated {
  std::string key_exchange;
  std::string host_key;
  std::string cipher;  // the same in both directions
  std::string mac;     // empty where the cipher authenticates by itself
};

}  // namespace towline::ssh
