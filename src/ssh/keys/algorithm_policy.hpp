// Which algorithms may be used at all, and what a list as in ssh_config(5) makes of them. Pure values, so
// that config/ can judge a list at start with the words that ssh/ will connect with.
#pragma once

#include "ssh/keys/key_type.hpp"
#include "text/pattern.hpp"

#include <openssl/opensslconf.h>
#include <openssl/opensslv.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// OpenSSL is linked statically and loads nothing: what it has is known when towline is built.
#if OPENSSL_VERSION_NUMBER >= 0x30500000L && !defined(OPENSSL_NO_ML_KEM)
constexpr bool has_ml_kem = true;
#else
constexpr bool has_ml_kem = false;
#endif

// In order of preference, each of them known to libssh2, the first where OpenSSL has ML-KEM. No SHA-1, no
// CBC, no MD5, no finite-field Diffie-Hellman.
constexpr auto known_key_exchange_names = std::to_array<std::string_view>(
    {"mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
     "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"});
constexpr auto key_exchange_names = std::span(known_key_exchange_names).subspan(has_ml_kem ? 0 : 1);
constexpr auto host_key_names = [] {
  std::array<std::string_view, std::size(signature_algorithms)> names;
  std::ranges::transform(signature_algorithms, names.begin(), &SignatureAlgorithm::name);
  return names;
}();
constexpr auto cipher_names = std::to_array<std::string_view>(
    {"aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr",
     "aes192-ctr", "aes128-ctr"});
constexpr auto mac_names = std::to_array<std::string_view>(
    {"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"});

// Where towline is the server, each of them known to libssh 0.12; ciphers as above. The client's order
// decides, and mlkem costs a third of what sntrup does. A MAC over the plain text, and NIST's curves, which
// ssh-audit fails, nobody has to ask for.
constexpr auto server_key_exchange_names = std::to_array<std::string_view>(
    {"mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
     "curve25519-sha256", "curve25519-sha256@libssh.org"});
constexpr auto server_mac_names =
    std::to_array<std::string_view>({"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"});

// Ciphers with a MAC of their own (RFC 5647; OpenSSH's PROTOCOL.chacha20poly1305): no other is agreed on.
constexpr bool authenticates_itself(std::string_view cipher) {
  return cipher.find("-gcm@") != std::string_view::npos ||
         cipher.find("-poly1305@") != std::string_view::npos;
}

// Why a name that is known is not ours here; empty: it is, or is not known.
inline std::string why_unavailable(std::string_view name) {
  if (has_ml_kem || name != known_key_exchange_names.front()) return {};
  return "needs ML-KEM, which OpenSSL has since 3.5, and towline is built with " OPENSSL_VERSION_STR;
}

using AlgorithmNames = std::vector<std::string>;

struct AlgorithmChoice {
  AlgorithmNames names;      // what to offer
  AlgorithmNames forbidden;  // asked for, and never used: they are broken
  AlgorithmNames unknown;    // asked for, and not available here
};

// "3des-cbc", "hmac-md5", "ssh-rsa", "diffie-hellman-group1-sha1", …: what nobody may switch on.
inline bool is_forbidden_algorithm(std::string_view name) {
  constexpr auto parts = std::to_array<std::string_view>(
      {"cbc", "md5", "sha1", "arcfour", "ripemd", "rijndael", "group1-", "3des", "blowfish", "none"});
  const bool sha1_signature =
      name == "ssh-rsa" || name.starts_with("ssh-rsa-cert") || name.starts_with("ssh-dss");
  return sha1_signature || std::ranges::any_of(parts, [&](std::string_view part) {
           return name.find(part) != std::string_view::npos;
         });
}

// `wish` as Ciphers and its kin take it: a comma list instead of `ours`, or behind "+" in addition to it
// (only what is ours can be), behind "-" patterns to leave out, behind "^" what comes first. An empty wish is
// ours.
inline AlgorithmChoice choose_algorithms(std::string_view wish, const AlgorithmNames& ours) {
  AlgorithmChoice choice;
  const char prefix = wish.empty() ? '+' : wish.front();
  const bool prefixed = prefix == '+' || prefix == '-' || prefix == '^';
  if (prefixed && !wish.empty()) wish.remove_prefix(1);

  AlgorithmNames asked;
  while (!wish.empty()) {
    const auto name = text::take_listed(wish);
    if (!name.empty()) asked.emplace_back(name);
  }
  if (prefix == '-') {
    for (const auto& name : ours) {
      const auto leaves_out = [&](const std::string& pattern) {
        return text::matches_pattern(pattern, name);
      };
      if (std::ranges::none_of(asked, leaves_out)) choice.names.push_back(name);
    }
    return choice;
  }
  const auto has = [](const AlgorithmNames& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  for (auto& name : asked) {
    if (has(ours, name)) {
      if (prefix != '+' && !has(choice.names, name)) choice.names.push_back(std::move(name));
    } else {
      (is_forbidden_algorithm(name) ? choice.forbidden : choice.unknown).push_back(std::move(name));
    }
  }
  if (!prefixed) return choice;
  for (const auto& name : ours) {
    if (!has(choice.names, name)) choice.names.push_back(name);
  }
  return choice;
}

inline AlgorithmNames algorithm_names(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

}  // namespace towline::ssh
