// The host keys of an endpoint: those that are given, or one that is made and kept.
#pragma once

#include "async/result.hpp"
#include "endpoint/options.hpp"
#include "observe/facts.hpp"
#include "observe/log.hpp"
#include "ssh/keys/certificate.hpp"
#include "ssh/keys/signing_key.hpp"

#include <string>
#include <vector>

namespace towline::endpoint {

struct HostKeys {
  std::vector<ssh::SigningKey> keys;
  bool made = false;                                // just now
  std::string problem{};                            // why it is not kept; empty: it is, or it was given
  std::vector<ssh::Certificate> certificates{};     // that are valid now
  std::vector<std::string> certificate_problems{};  // why others are not shown
};

// Reads what is given; else what was made at an earlier start; without either there are none yet. May wait
// for the disk: call it before anything runs. Errors: those of ssh::read_private_key(), also for a kept key
// that cannot be used: clients know it by now; host_certificate_invalid for a certificate that cannot be
// read, or is no host's or of another key.
Result<HostKeys> find_host_keys(const Options& options);

// The same; where there are none it makes an Ed25519 key and keeps it, for its owner's eyes only. A file that
// is there is never replaced.
Result<HostKeys> read_host_keys(const Options& options);

// What clients are shown, as they compare it, and as a line for known_hosts.
std::vector<observe::HostKeyInfo> shown(const HostKeys& keys);

void log_host_keys(const observe::Log& log, const HostKeys& keys);

}  // namespace towline::endpoint
