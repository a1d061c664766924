// Whether a host key is accepted: known_hosts and StrictHostKeyChecking together. Pure.
#pragma once

#include "async/result.hpp"
#include "net/host_port.hpp"
#include "ssh/host_key.hpp"
#include "ssh/known_hosts.hpp"
#include "ssh/options.hpp"

#include <string>
#include <vector>

namespace towline::ssh {

struct HostKeyDecision {
  bool verified = false;  // compared with something we had, not accepted on first sight or unchecked
  bool remember = false;  // accepted on first sight: from now on only this key
};

// `known` is the file together with what was accepted on first sight. Errors: host_key_mismatch,
// host_key_unknown, host_key_revoked; the detail holds the offered fingerprint and the expected ones with
// their lines. A changed or revoked key is refused under every policy, as ssh refuses to forward through one
// even with StrictHostKeyChecking=no.
Result<HostKeyDecision> judge_host_key(const KnownHosts& known, StrictHostKeyChecking strict,
                                       const net::HostPort& where, const HostKey& key);

}  // namespace towline::ssh
