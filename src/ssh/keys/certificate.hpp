// OpenSSH's certificates (its PROTOCOL.certkeys), of hosts and of users: read, not judged. Pure.
#pragma once

#include "ssh/keys/host_key.hpp"
#include "ssh/wire/message.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// Seconds since 1970 of a certificate without an end.
constexpr std::uint64_t for_ever = std::numeric_limits<std::uint64_t>::max();

struct Certificate {
  enum class Kind : std::uint32_t { user = 1, host = 2 };

  std::string type;                  // "ssh-ed25519-cert-v01@openssh.com"
  HostKey key;                       // what it vouches for, as a plain key
  std::optional<HostKey> authority;  // who says so; nothing where that key is of a type unknown here
  Kind kind = Kind::user;
  std::uint64_t serial = 0;
  std::string id;
  std::vector<std::string> principals;
  std::uint64_t valid_after = 0;          // seconds since 1970, from here on
  std::uint64_t valid_before = for_ever;  // and not from here on
  std::vector<std::string> critical_options;
  std::vector<std::uint8_t> signed_part;
  std::vector<std::uint8_t> signature;

  bool operator==(const Certificate&) const = default;
};

// "ssh-ed25519-cert-v01@openssh.com" is one; "ssh-ed25519" is none.
bool is_certificate_type(std::string_view type);

// Nothing for a blob that is no whole certificate of a type OpenSSH has. Its signature is not looked at.
std::optional<Certificate> parse_certificate(Bytes blob);

// "2026-01-31T23:59:59Z" of seconds since 1970.
std::string time_text(std::uint64_t seconds);

}  // namespace towline::ssh
