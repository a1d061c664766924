// Whether a host key is accepted: known_hosts, pins, what was accepted on first use and
// StrictHostKeyChecking together. Pure.
#pragma once

#include "async/result.hpp"
#include "net/host_port.hpp"
#include "ssh/keys/certificate.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/trust/known_hosts.hpp"
#include "ssh/trust/options.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace towline::ssh {

// What a server shows, after it has proved to own the key.
struct ShownHostKey {
  net::HostPort server;  // as the user wrote it
  HostKey key;
  std::optional<Certificate> certificate = std::nullopt;  // for `key`
};

// What a key was compared with.
enum class HostKeyProof {
  known_hosts,
  pin,
  certificate,  // its authority is a @cert-authority
  first_use,    // nothing but the key that was accepted on first use, now or before
  none,         // nothing at all
};

// "known_hosts", "pin", "certificate", "first use", "none"
const char* to_string(HostKeyProof proof);

struct HostKeyDecision {
  HostKeyProof proof = HostKeyProof::none;
  bool remember = false;    // seen for the first time: from now on only this key
  std::string file = {};    // where the key or its authority stands
  std::size_t line = 0;     // in it; 0: nowhere
  std::string remark = {};  // why the certificate that was shown is of no use, where it is of none
  std::string place() const { return line > 0 ? place_of(file, line) : ""; }
  // Compared with something we were given.
  bool verified() const { return proof != HostKeyProof::first_use && proof != HostKeyProof::none; }
};

// How known_hosts and the certificate know the server: HostKeyAlias, which stands for name and port, or its
// own.
net::HostPort looked_up_name(const HostKeyOptions& options, const net::HostPort& server);

// `known` is what was given to us, `accepted` what was accepted on first use; the latter counts under
// accept-new alone. One proof is enough and no contradiction is allowed: a key that known_hosts has
// otherwise, or that is not among the pins where there are pins, is refused whatever else speaks for it. A
// certificate that is of no use is taken for its plain key, as ssh does.
//
// Errors: host_key_mismatch, host_key_unknown, host_key_revoked, host_certificate_invalid; the detail holds
// the offered fingerprint and the expected ones with their places. A changed or revoked key is refused under
// every policy, as ssh refuses to forward through one even with StrictHostKeyChecking=no.
Result<HostKeyDecision> judge_host_key(const HostKeyOptions& options, const KnownHosts& known,
                                       const KnownHosts& accepted, const ShownHostKey& shown,
                                       std::chrono::system_clock::time_point now);

}  // namespace towline::ssh
