// OpenSSH's certificates (its PROTOCOL.certkeys), of hosts and of users: read, and held against ssh's rules.
// Pure.
#pragma once

#include "async/result.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/wire/message.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// Seconds since 1970 of a certificate without an end.
constexpr std::uint64_t for_ever = std::numeric_limits<std::uint64_t>::max();

// A critical option or an extension: what it says depends on the name.
struct CertificateOption {
  std::string name;
  std::vector<std::uint8_t> data;

  bool operator==(const CertificateOption&) const = default;
};

struct Certificate {
  enum class Kind : std::uint32_t { user = 1, host = 2 };
  using Time = std::chrono::system_clock::time_point;

  std::string type;                  // "ssh-ed25519-cert-v01@openssh.com"
  std::vector<std::uint8_t> blob;    // the whole, as it travels
  HostKey key;                       // what it vouches for, as a plain key
  std::optional<HostKey> authority;  // who says so; nothing where that key is of a type unknown here
  Kind kind = Kind::user;
  std::uint64_t serial = 0;
  std::string id;
  std::vector<std::string> principals;
  std::uint64_t valid_after = 0;                    // seconds since 1970, from here on
  std::uint64_t valid_before = for_ever;            // and not from here on
  std::vector<CertificateOption> critical_options;  // who does not know one must refuse
  std::vector<CertificateOption> extensions;        // who does not know one goes without
  std::vector<std::uint8_t> signed_part;
  std::vector<std::uint8_t> signature;

  std::optional<Time> expiry() const;  // valid_before, held within what the clock can say; nothing: for ever

  bool operator==(const Certificate&) const = default;
};

// "ssh-ed25519-cert-v01@openssh.com" is one; "ssh-ed25519" is none.
bool is_certificate_type(std::string_view type);

// Nothing for a blob that is no whole certificate of a type OpenSSH has. Its signature is not looked at.
std::optional<Certificate> parse_certificate(Bytes blob);

// What a server shows. Nothing also for a certificate for or by a key of a type that no SSH server signs
// with; its authority is there otherwise.
std::optional<Certificate> parse_host_certificate(Bytes blob);

// Why the certificate does not prove that its key is the key of `host` (in lower case), or nothing: the rules
// of OpenSSH 9.2 (sshconnect.c, sshkey.c), by which a certificate without principals is good for every host,
// a principal is no pattern, every critical option is unknown, and SHA-1 signatures are refused. Whether the
// authority is one to trust is for the caller to say. Continues "its certificate …".
std::string objection_to(const Certificate& certificate, std::string_view host, Certificate::Time now);

// Why the signature is not that of the authority which the certificate names, or nothing. Continues "its
// certificate …". Without an authority (of a type unknown here) there is no use in asking.
std::string objection_to_signature(const Certificate& certificate);

// What a user shows: its authority and its signature are for the server to judge. Error: certificate_invalid,
// also for a host certificate.
Result<Certificate> parse_user_certificate(Bytes blob);

// The text of a -cert.pub file, with the harmless damage of key files. The first is of whatever kind.
Result<Certificate> parse_certificate_text(std::string_view text);
Result<Certificate> parse_user_certificate(std::string_view text);

// certificate_expired, with the time, for one that is not valid at `now`.
Result<> check_validity(const Certificate& certificate, Certificate::Time now);

// "2026-01-31T23:59:59Z" of seconds since 1970.
std::string time_text(std::uint64_t seconds);

}  // namespace towline::ssh
