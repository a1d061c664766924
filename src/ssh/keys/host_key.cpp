#include "ssh/keys/host_key.hpp"

#include "ssh/keys/algorithm_policy.hpp"
#include "text/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace towline::ssh {

namespace {

struct FieldSize {
  std::size_t min = 0;
  std::size_t max = 0;
};

// The strings and mpints that follow the name in a key blob.
struct KeyShape {
  std::string_view type;
  std::size_t field_count;
  std::array<FieldSize, 4> fields;
  std::string_view curve;  // what the first field must say, where it is a curve's name
};

constexpr FieldSize any_size{1, 4'096};
constexpr FieldSize curve_name{8, 8};         // "nistp256"
constexpr FieldSize rsa_modulus{128, 2'049};  // 1024 bits is OpenSSH's RequiredRSASize; 16384 its largest

// RFC 4253 §6.6 (rsa, dss), RFC 5656 §3.1 (ecdsa), RFC 8709 §4 (ed25519), OpenSSH's PROTOCOL.u2f (sk-).
constexpr KeyShape key_shapes[] = {
    {"ssh-ed25519", 1, {{{32, 32}}}, {}},
    {"ecdsa-sha2-nistp256", 2, {{curve_name, {65, 65}}}, "nistp256"},
    {"ecdsa-sha2-nistp384", 2, {{curve_name, {97, 97}}}, "nistp384"},
    {"ecdsa-sha2-nistp521", 2, {{curve_name, {133, 133}}}, "nistp521"},
    {"ssh-rsa", 2, {{any_size, rsa_modulus}}, {}},
    {"ssh-dss", 4, {{any_size, any_size, any_size, any_size}}, {}},
    {"sk-ssh-ed25519@openssh.com", 2, {{{32, 32}, any_size}}, {}},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 3, {{curve_name, {65, 65}, any_size}}, "nistp256"},
};

// Takes one RFC 4251 string off the front of `rest`.
std::optional<std::string_view> take_string(std::string_view& rest) {
  if (rest.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(rest[i]);
  rest.remove_prefix(4);
  if (length > rest.size()) return std::nullopt;
  const auto taken = rest.substr(0, length);
  rest.remove_prefix(length);
  return taken;
}

bool has_shape(std::string_view fields, const KeyShape& shape) {
  for (std::size_t i = 0; i < shape.field_count; ++i) {
    const auto field = take_string(fields);
    if (!field || field->size() < shape.fields[i].min || field->size() > shape.fields[i].max) return false;
    if (i == 0 && !shape.curve.empty() && *field != shape.curve) return false;
  }
  return fields.empty();
}

// The key type whose private half makes this signature.
std::string_view key_type_of(std::string_view algorithm) {
  return algorithm == "rsa-sha2-512" || algorithm == "rsa-sha2-256" ? "ssh-rsa" : algorithm;
}

}  // namespace

std::optional<HostKey> parse_host_key(std::span<const std::uint8_t> blob) {
  std::string_view rest(reinterpret_cast<const char*>(blob.data()), blob.size());
  const auto type = take_string(rest);
  if (!type) return std::nullopt;
  const auto* shape = std::ranges::find(key_shapes, *type, &KeyShape::type);
  if (shape == std::end(key_shapes) || !has_shape(rest, *shape)) return std::nullopt;
  return HostKey{std::string(*type), {blob.begin(), blob.end()}};
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
    for (const auto algorithm : host_key_names)
      known.push_back(std::string(algorithm) + std::string(certificate_suffix));
  }
  for (const auto algorithm : host_key_names) {
    const bool is_known = std::ranges::find(known_types, key_type_of(algorithm)) != known_types.end();
    (is_known ? known : others).emplace_back(algorithm);
  }
  known.insert(known.end(), others.begin(), others.end());
  return known;
}

}  // namespace towline::ssh
