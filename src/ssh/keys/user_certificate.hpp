// User certificates (OpenSSH's PROTOCOL.certkeys): what we need to know before we show one. Pure.
#pragma once

#include "async/result.hpp"
#include "ssh/keys/certificate.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

struct UserCertificate {
  using Time = std::chrono::system_clock::time_point;

  std::string type;                // "ssh-ed25519-cert-v01@openssh.com"
  std::vector<std::uint8_t> blob;  // the whole, as it travels
  HostKey key;                     // what it vouches for, as a plain key
  std::string id;
  std::vector<std::string> principals;
  Time valid_after = Time::min();    // from here on
  std::optional<Time> valid_before;  // and not from here on; nothing: for ever

  bool operator==(const UserCertificate&) const = default;
};

// A certificate as it travels. The authority and its signature are for the server to judge. Error:
// certificate_invalid, also for a host certificate.
Result<UserCertificate> parse_user_certificate(Bytes blob);

// The text of a -cert.pub file, with the harmless damage of key files.
Result<UserCertificate> parse_user_certificate(std::string_view text);

// certificate_expired, with the time, for one that is not valid at `now`.
Result<> check_validity(const UserCertificate& certificate, UserCertificate::Time now);

}  // namespace towline::ssh
