#include "ssh/keys/host_key.hpp"

#include "ssh/keys/key_type.hpp"
#include "ssh/wire/message.hpp"
#include "text/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace towline::ssh {

namespace {

bool has_shape(Reader fields, const KeyType& type) {
  const auto* curve = type.curve;
  if (curve && (fields.string() != curve->name || fields.bytes().size() != curve->point_size)) return false;
  for (const auto& [min, max] : type.fields) {
    const auto size = max > 0 ? fields.bytes().size() : 0;
    if (size < min || size > max) return false;
  }
  return fields.complete();
}

// The key type whose private half makes this signature.
std::string_view key_type_of(std::string_view algorithm) {
  const auto* found = find_signature_algorithm(algorithm);
  return found ? found->key_type : algorithm;
}

}  // namespace

std::optional<HostKey> parse_host_key(std::span<const std::uint8_t> blob) {
  Reader reader(blob);
  const auto* type = find_key_type(reader.string());
  if (!type || !has_shape(reader, *type)) return std::nullopt;
  return HostKey{std::string(type->name), {blob.begin(), blob.end()}};
}

std::optional<HostKey> parse_host_key(std::string_view type, std::string_view base64) {
  const auto blob = text::from_base64(base64);
  if (!blob) return std::nullopt;
  auto key = parse_host_key(*blob);
  if (!key || key->type != key_type_of(type)) return std::nullopt;
  return key;
}

std::string to_string(const HostKey& key) { return key.type + ' ' + text::to_base64(key.blob); }

std::string fingerprint(const HostKey& key) {
  std::array<std::uint8_t, 32> digest{};
  EVP_Digest(key.blob.data(), key.blob.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  auto text = text::to_base64(digest);
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

std::vector<std::string> host_key_algorithms(std::span<const std::string> known_types, bool certificates) {
  std::vector<std::string> known;
  std::vector<std::string> others;
  if (certificates) {
    for (const auto& algorithm : signature_algorithms)
      known.push_back(std::string(algorithm.name) + std::string(certificate_suffix));
  }
  for (const auto& algorithm : signature_algorithms) {
    const bool is_known = std::ranges::find(known_types, algorithm.key_type) != known_types.end();
    (is_known ? known : others).emplace_back(algorithm.name);
  }
  known.insert(known.end(), others.begin(), others.end());
  return known;
}

}  // namespace towline::ssh
