// Host certificates as OpenSSH's PROTOCOL.certkeys describes them: read, and held against ssh's rules. Pure.
#pragma once

#include "ssh/host_key.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace towline::ssh {

struct HostCertificate {
  enum class Kind : std::uint32_t { user = 1, host = 2 };

  HostKey key;        // what it vouches for, as a plain key
  HostKey authority;  // who says so
  Kind kind = Kind::user;
  std::uint64_t serial = 0;
  std::string id;
  std::vector<std::string> principals;
  std::uint64_t valid_after = 0;   // seconds since 1970, from here on
  std::uint64_t valid_before = 0;  // and not from here on
  std::vector<std::string> critical_options;
  std::vector<std::uint8_t> signed_part;
  std::vector<std::uint8_t> signature;

  bool operator==(const HostCertificate&) const = default;
};

// Nothing for a blob that is no whole certificate, or one for a key of a type that no SSH server signs with.
// Its signature is not looked at.
std::optional<HostCertificate> parse_host_certificate(std::span<const std::uint8_t> blob);

// Why the certificate does not prove that its key is the key of `host` (in lower case), or nothing: the rules
// of OpenSSH 9.2 (sshconnect.c, sshkey.c), by which a certificate without principals is good for every host,
// a principal is no pattern, every critical option is unknown, and SHA-1 signatures are refused. Whether the
// authority is one to trust is for the caller to say. Continues "its certificate …".
std::string objection_to(const HostCertificate& certificate, std::string_view host,
                         std::chrono::system_clock::time_point now);

}  // namespace towline::ssh
