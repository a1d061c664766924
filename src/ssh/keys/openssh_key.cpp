#include "ssh/keys/openssh_key.hpp"

#include "ssh/keys/key_derivation.hpp"
#include "ssh/keys/openssl_ptr.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/message.hpp"
#include "text/base64.hpp"
#include "text/secret.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <span>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::string_view first_line = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view magic("openssh-key-v1\0", 15);
// ssh-keygen -a; 24 since OpenSSH 9.4, 16 before. More than ten minutes of work is a damaged file.
constexpr std::uint32_t rounds_max = 65'536;

enum class Mode { block, authenticated, chacha20_poly1305 };

// ssh's name, OpenSSL's, and how key and nonce are cut from what the passphrase derives.
struct Cipher {
  std::string_view name;
  const char* openssl_name;
  Mode mode;
  std::size_t key_size;
  std::size_t iv_size;
};

// Those that ssh-keygen -Z knows.
constexpr Cipher ciphers[] = {
    {"aes256-ctr", "AES-256-CTR", Mode::block, 32, 16},
    {"aes192-ctr", "AES-192-CTR", Mode::block, 24, 16},
    {"aes128-ctr", "AES-128-CTR", Mode::block, 16, 16},
    {"aes256-cbc", "AES-256-CBC", Mode::block, 32, 16},
    {"aes192-cbc", "AES-192-CBC", Mode::block, 24, 16},
    {"aes128-cbc", "AES-128-CBC", Mode::block, 16, 16},
    {"3des-cbc", "DES-EDE3-CBC", Mode::block, 24, 8},
    {"aes256-gcm@openssh.com", "AES-256-GCM", Mode::authenticated, 32, 12},
    {"aes128-gcm@openssh.com", "AES-128-GCM", Mode::authenticated, 16, 12},
    {"chacha20-poly1305@openssh.com", "ChaCha20", Mode::chacha20_poly1305, 64, 0},
};

constexpr std::size_t tag_size = 16;

// Between the first line and the last.
std::string_view between_the_lines(std::string_view pem) {
  const auto begin = pem.find('\n');
  const auto end = pem.rfind("-----END ");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return pem.substr(begin + 1, end - begin - 1);
}

text::SecretBytes decode_lines(std::string_view lines) {
  std::string packed;
  packed.reserve(lines.size());
  for (const char c : lines)
    if (c != '\n') packed += c;
  return text::secret_from_base64(text::Secret(std::move(packed)).reveal()).value_or(text::SecretBytes());
}

// Decrypts, or nothing where that fails or the tag says no.
text::SecretBytes run_cipher(const Cipher& cipher, const std::uint8_t* key, const std::uint8_t* iv,
                             Bytes text, std::span<const std::uint8_t> tag) {
  const OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* type = EVP_get_cipherbyname(cipher.openssl_name);
  if (!context || !type || EVP_DecryptInit_ex(context.get(), type, nullptr, key, iv) != 1) return {};
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  if (cipher.mode == Mode::authenticated) {
    std::vector<std::uint8_t> expected(tag.begin(), tag.end());
    if (expected.size() != tag_size ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, expected.data()) != 1)
      return {};
  }
  text::SecretBytes plain(text.size() + tag_size);
  int size = 0;
  int rest = 0;
  if (EVP_DecryptUpdate(context.get(), plain.data(), &size, text.data(), static_cast<int>(text.size())) != 1)
    return {};
  if (EVP_DecryptFinal_ex(context.get(), plain.data() + size, &rest) != 1) return {};
  plain.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(rest));
  return plain;
}

// The tag of OpenSSH's chacha20-poly1305 over `text` (PROTOCOL.chacha20poly1305).
std::vector<std::uint8_t> poly1305(const text::SecretBytes& key, Bytes text) {
  std::vector<std::uint8_t> tag(tag_size);
  const OpensslPtr<EVP_MAC, EVP_MAC_free> mac(EVP_MAC_fetch(nullptr, "POLY1305", nullptr));
  const OpensslPtr<EVP_MAC_CTX, EVP_MAC_CTX_free> context(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
  std::size_t size = 0;
  const bool done = context && EVP_MAC_init(context.get(), key.data(), key.size(), nullptr) == 1 &&
                    EVP_MAC_update(context.get(), text.data(), text.size()) == 1 &&
                    EVP_MAC_final(context.get(), tag.data(), &size, tag.size()) == 1;
  if (!done) tag.clear();
  return tag;
}

// The key's first half is the one for the text; packet number 0. Block 0 of the stream is the tag's key, the
// text begins at block 1.
text::SecretBytes run_chacha20_poly1305(const Cipher& cipher, const text::SecretBytes& key,
                                        const OpensshKeyFile& file) {
  const text::SecretBytes zeros(32);
  const std::uint8_t block_0[16] = {0};
  const std::uint8_t block_1[16] = {1};
  const auto tag_key = run_cipher(cipher, key.data(), block_0, zeros, {});
  const auto tag = poly1305(tag_key, file.private_half);
  if (tag.size() != tag_size || file.tag.size() != tag_size ||
      CRYPTO_memcmp(tag.data(), file.tag.data(), tag_size) != 0)
    return {};
  return run_cipher(cipher, key.data(), block_1, file.private_half, {});
}

// The two check numbers are the same where the passphrase was right.
Result<text::SecretBytes> checked(text::SecretBytes plain, errc otherwise) {
  Reader reader(plain);
  const auto first = reader.u32();
  if (first != reader.u32() || !reader.ok()) return otherwise;
  return text::SecretBytes(plain.begin() + 8, plain.end());
}

}  // namespace

bool is_openssh_key(std::string_view pem) { return pem.starts_with(first_line); }

OpensshKeyFile parse_openssh_key(std::string_view pem) {
  const auto blob = decode_lines(between_the_lines(pem));
  OpensshKeyFile file;
  if (blob.size() < magic.size() || !std::equal(magic.begin(), magic.end(), blob.begin())) return file;
  Reader reader(Bytes(blob).subspan(magic.size()));
  file.cipher = reader.string();
  file.derivation = reader.string();
  Reader options(reader.bytes());
  const auto salt = options.bytes();
  file.salt.assign(salt.begin(), salt.end());
  file.rounds = options.u32();
  reader.u32();  // number of keys, always one
  const auto key = reader.bytes();
  const auto half = reader.bytes();
  if (!reader.ok()) return file;
  file.private_half.assign(half.begin(), half.end());
  file.tag.assign(reader.rest().begin(), reader.rest().end());
  file.public_key.assign(key.begin(), key.end());
  return file;
}

Result<text::SecretBytes> open_openssh_key(const OpensshKeyFile& file, std::string_view passphrase) {
  if (!file.encrypted()) {
    auto plain = checked(file.private_half, errc::key_file_invalid);
    if (!plain) return Failure{errc::key_file_invalid, "it is damaged: its private half is not one"};
    return plain;
  }
  if (passphrase.empty()) return errc::key_file_needs_passphrase;
  const auto* cipher = std::ranges::find(ciphers, file.cipher, &Cipher::name);
  if (cipher == std::end(ciphers) || file.derivation != "bcrypt") {
    return Failure{errc::key_file_invalid, "it is encrypted in an unknown way, " + file.cipher + " with " +
                                               file.derivation +
                                               "; ssh-keygen -p -Z aes256-ctr changes that"};
  }
  if (file.rounds == 0 || file.rounds > rounds_max || file.salt.empty())
    return Failure{errc::key_file_invalid,
                   "it is damaged: it asks for " + std::to_string(file.rounds) + " rounds of key derivation"};
  const auto key = bcrypt_pbkdf(passphrase, file.salt, file.rounds, cipher->key_size + cipher->iv_size);
  if (key.empty()) return Failure{errc::key_file_invalid, "its key derivation fails"};
  auto plain =
      cipher->mode == Mode::chacha20_poly1305
          ? run_chacha20_poly1305(*cipher, key, file)
          : run_cipher(*cipher, key.data(), key.data() + cipher->key_size, file.private_half, file.tag);
  ERR_clear_error();  // what a wrong passphrase left there
  return checked(std::move(plain), errc::passphrase_wrong);
}

}  // namespace towline::ssh
