// The key or the certificate that a request of publickey shows. Pure.
#pragma once

#include "ssh/auth/authentication_messages.hpp"
#include "ssh/auth/server/refusal.hpp"
#include "ssh/keys/algorithm_policy.hpp"
#include "ssh/keys/certificate.hpp"
#include "ssh/keys/host_key.hpp"

#include <optional>
#include <string>

namespace towline::ssh {

struct ShownKey {
  HostKey key;  // that signs; of a certificate the one it vouches for
  std::optional<Certificate> certificate{};
  std::string signature_algorithm;  // the only one that the signature may be of
};

// key_unsupported where algorithm and key do not fit, the algorithm is not among `allowed`, or the key is
// damaged; certificate_invalid for a damaged certificate; none: `shown` is whole.
Refusal read_shown_key(const UserRequest& request, const AlgorithmNames& allowed, ShownKey& shown);

// Whether the request bears a signature by the key's owner for this session.
bool is_proven(const ShownKey& shown, Bytes session_id, const UserRequest& request);

}  // namespace towline::ssh
