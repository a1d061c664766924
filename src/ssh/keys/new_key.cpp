#include "ssh/keys/new_key.hpp"

#include "ssh/keys/evp_key.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/writer.hpp"
#include "text/base64.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace towline::ssh {

namespace {

constexpr std::string_view key_type = "ssh-ed25519";
constexpr std::size_t half_size = 32;
constexpr std::size_t block_size = 8;    // of the cipher "none"
constexpr std::size_t line_length = 70;  // ssh-keygen's

struct Halves {
  std::array<std::uint8_t, half_size> open{};
  std::array<std::uint8_t, half_size> secret{};
  ~Halves() { OPENSSL_cleanse(secret.data(), secret.size()); }
};

bool make(Halves& halves) {
  const EvpKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::size_t open = half_size;
  std::size_t secret = half_size;
  return key && EVP_PKEY_get_raw_public_key(key.get(), halves.open.data(), &open) == 1 &&
         EVP_PKEY_get_raw_private_key(key.get(), halves.secret.data(), &secret) == 1;
}

text::SecretBytes private_half(const Halves& halves) {
  std::array<std::uint8_t, 4> check{};  // twice the same, by which a wrong passphrase would be noticed
  RAND_bytes(check.data(), check.size());
  MessageWriter pair;
  pair.raw(halves.secret).raw(halves.open);
  const auto both = pair.take();
  MessageWriter half;
  half.raw(check).raw(check).string(key_type).bytes(halves.open).bytes(both).string("towline");
  auto octets = half.take();
  for (std::uint8_t padding = 1; octets.size() % block_size != 0; ++padding) octets.push_back(padding);
  return octets;
}

text::SecretBytes file_octets(const Halves& halves) {
  constexpr std::string_view magic("openssh-key-v1\0", 15);
  MessageWriter open;
  const auto blob = open.string(key_type).bytes(halves.open).take();
  const auto half = private_half(halves);
  MessageWriter file;
  file.raw({reinterpret_cast<const std::uint8_t*>(magic.data()), magic.size()});
  file.string("none").string("none").string("").u32(1).bytes(blob).bytes(half);
  return file.take();
}

}  // namespace

Result<text::Secret> new_ed25519_key() {
  Halves halves;
  if (!make(halves)) return Failure{errc::key_file_invalid, "OpenSSL makes no Ed25519 key"};
  const text::Secret encoded(text::to_base64(file_octets(halves)));
  const auto whole = encoded.reveal();
  std::string pem;
  pem.reserve(2 * whole.size());  // never moved: what it left behind would not be wiped
  pem += "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  for (std::size_t at = 0; at < whole.size(); at += line_length)
    (pem += whole.substr(at, line_length)) += '\n';
  pem += "-----END OPENSSH PRIVATE KEY-----\n";
  return text::Secret(std::move(pem));
}

}  // namespace towline::ssh
