// What SSH's keys are called, what they are made of, and what they sign with.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace towline::ssh {

enum class KeyKind { ed25519, ecdsa, rsa, dsa, security_key };

// RFC 5656, 10.1.
struct Curve {
  std::string_view name;
  const char* openssl_name;
  std::size_t point_size;  // uncompressed
};

inline constexpr Curve nistp256{"nistp256", "prime256v1", 65};
inline constexpr Curve nistp384{"nistp384", "secp384r1", 97};
inline constexpr Curve nistp521{"nistp521", "secp521r1", 133};

struct FieldSize {
  std::size_t min = 0;
  std::size_t max = 0;
};

inline constexpr FieldSize any_field{1, 4'096};
// 1024 bits is OpenSSH's RequiredRSASize; 16384 its largest.
inline constexpr FieldSize rsa_modulus{128, 2'049};

// A blob of a key is its type's name, name and point of the curve where there is one, and the fields.
struct KeyType {
  std::string_view name;
  std::string_view certificate;  // the type of its certificates; empty: there are none
  KeyKind kind;
  const Curve* curve = nullptr;
  std::array<FieldSize, 4> fields{};  // strings and mpints; those without a size are not there

  constexpr std::ptrdiff_t field_count() const {
    const auto* end = std::ranges::find(fields, std::size_t{0}, &FieldSize::max);
    return end - fields.begin() + (curve ? 2 : 0);
  }
};

// RFC 4253 §6.6 (rsa, dss), RFC 5656 §3.1 (ecdsa), RFC 8709 §4 (ed25519), OpenSSH's PROTOCOL.u2f (sk-).
inline constexpr KeyType key_types[] = {
    {"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", KeyKind::ed25519, nullptr, {{{32, 32}}}},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", KeyKind::ecdsa, &nistp256},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", KeyKind::ecdsa, &nistp384},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", KeyKind::ecdsa, &nistp521},
    {"ssh-rsa", "ssh-rsa-cert-v01@openssh.com", KeyKind::rsa, nullptr, {{any_field, rsa_modulus}}},
    {"ssh-dss", "", KeyKind::dsa, nullptr, {{any_field, any_field, any_field, any_field}}},
    {"sk-ssh-ed25519@openssh.com",
     "sk-ssh-ed25519-cert-v01@openssh.com",
     KeyKind::security_key,
     nullptr,
     {{{32, 32}, any_field}}},
    {"sk-ecdsa-sha2-nistp256@openssh.com",
     "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
     KeyKind::security_key,
     &nistp256,
     {{any_field}}},
};

// What follows a key type's name, or a signature algorithm's, where a certificate takes the key's place.
inline constexpr std::string_view certificate_suffix = "-cert-v01@openssh.com";

struct SignatureAlgorithm {
  std::string_view name;
  std::string_view key_type;
  const char* digest;  // OpenSSL's name; nullptr: it hashes by itself
};

// In order of preference: RFC 8709, RFC 5656 §6.2.1, RFC 8332. "ssh-rsa" and "ssh-dss" are SHA-1, and
// security keys sign something else.
inline constexpr SignatureAlgorithm signature_algorithms[] = {
    {"ssh-ed25519", "ssh-ed25519", nullptr},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256"},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "SHA384"},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "SHA512"},
    {"rsa-sha2-512", "ssh-rsa", "SHA512"},
    {"rsa-sha2-256", "ssh-rsa", "SHA256"},
};

// nullptr for a name that is not in the table; the second looks for a type by that of its certificates.
constexpr const KeyType* find_key_type(std::string_view name) {
  const auto* found = std::ranges::find(key_types, name, &KeyType::name);
  return found == std::end(key_types) ? nullptr : found;
}
constexpr const KeyType* find_certified_type(std::string_view certificate) {
  const auto* found = std::ranges::find(key_types, certificate, &KeyType::certificate);
  return found == std::end(key_types) || certificate.empty() ? nullptr : found;
}
constexpr const SignatureAlgorithm* find_signature_algorithm(std::string_view name) {
  const auto* found = std::ranges::find(signature_algorithms, name, &SignatureAlgorithm::name);
  return found == std::end(signature_algorithms) ? nullptr : found;
}

}  // namespace towline::ssh
