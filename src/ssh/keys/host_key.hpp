// A server's public key as it travels (RFC 4253 §6.6), its fingerprint, and the algorithms we accept it
// under.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

struct HostKey {
  std::string type;  // the name inside the blob: "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa", …
  std::vector<std::uint8_t> blob;

  bool operator==(const HostKey&) const = default;
};

// Reads the type out of a key blob and checks that the blob is a whole key of it. Nothing for a type that no
// SSH server signs with today (certificates included) and for a damaged blob.
std::optional<HostKey> parse_host_key(std::span<const std::uint8_t> blob);

// As in a public key file: "ssh-ed25519", "AAAAC3…". A type of rsa-sha2-256 or -512 is taken for ssh-rsa,
// whose keys they sign with.
std::optional<HostKey> parse_host_key(std::string_view type, std::string_view base64);

// "ssh-ed25519 AAAAC3…"
std::string to_string(const HostKey& key);

// "SHA256:" and the digest of the blob in base64 without padding, as ssh-keygen -l prints it.
std::string fingerprint(const HostKey& key);

// What to offer as server_host_key_algorithms (RFC 4253 §7.1), best first: those that can prove a key of
// `known_types` before all others, so that a server with several keys shows one that we know. Never ssh-rsa,
// whose signatures are SHA-1. With `certificates` those for host certificates come before all; a certificate
// whose authority is of no use is still its plain key.
std::vector<std::string> host_key_algorithms(std::span<const std::string> known_types,
                                             bool certificates = false);

}  // namespace towline::ssh
