#include "ssh/keys/signing_key.hpp"

#include "ssh/keys/key_type.hpp"
#include "ssh/keys/openssh_key.hpp"
#include "ssh/keys/openssl_ptr.hpp"
#include "ssh/wire/error.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

struct Asked {
  std::string_view passphrase;
  bool asked = false;
};

// OpenSSL calls it for an encrypted key; without it, it would ask on the terminal.
int give_passphrase(char* buffer, int size, int, void* context) {
  auto& asked = *static_cast<Asked*>(context);
  asked.asked = true;
  const auto length = std::min(asked.passphrase.size(), static_cast<std::size_t>(size));
  asked.passphrase.copy(buffer, length);
  return length == 0 ? -1 : static_cast<int>(length);
}

bool is_unsupported(unsigned long error) {
  // What a wrong passphrase has decrypted ends well once in 256 times, and is then what no decoder knows.
  if (ERR_GET_LIB(error) == ERR_LIB_OSSL_DECODER) return false;
  const int reason = ERR_GET_REASON(error);
  return reason == ERR_R_UNSUPPORTED || reason == EVP_R_UNSUPPORTED_ALGORITHM ||
         (ERR_GET_LIB(error) == ERR_LIB_PEM && reason == PEM_R_UNSUPPORTED_ENCRYPTION);
}

// Whether OpenSSL failed for something that it does not have, and not for what it read.
bool unsupported() {
  bool found = false;
  while (const auto error = ERR_get_error()) found = found || is_unsupported(error);
  return found;
}

bool says_encrypted(std::string_view pem) {
  // PKCS#8 says so in its first line, PEM in its Proc-Type.
  return pem.find("ENCRYPTED") != std::string_view::npos;
}

Failure no_use(const KeyType* type = nullptr) {
  if (type && type->kind == KeyKind::security_key)
    return {errc::key_file_invalid, "it belongs to a security key, which has to be plugged in: use an agent"};
  if (type && type->kind == KeyKind::dsa) return {errc::key_file_invalid, "DSA keys sign with SHA-1 only"};
  return {errc::key_file_invalid, "it is damaged, or of a type that SSH does not know"};
}

Result<EvpKey> from_openssh(std::string_view text, std::string_view passphrase) {
  const auto half = open_openssh_key(parse_openssh_key(text), passphrase);
  if (!half) return half.error();
  auto key = evp_key(*half);
  if (!key) return no_use(find_key_type(Reader(*half).string()));
  return key;
}

Result<EvpKey> from_pem(std::string_view text, std::string_view passphrase) {
  ERR_clear_error();
  const OpensslPtr<BIO, BIO_free> in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Asked asked{passphrase};
  EvpKey key(PEM_read_bio_PrivateKey(in.get(), nullptr, &give_passphrase, &asked));
  const bool unknown = unsupported();
  if (key) return key;
  if (says_encrypted(text) && passphrase.empty()) return errc::key_file_needs_passphrase;
  if (unknown && says_encrypted(text))
    return Failure{errc::key_file_invalid,
                   "it is encrypted with an obsolete algorithm; change that with "
                   "openssl pkcs8 -topk8 -v2 aes-256-cbc"};
  if (asked.asked) return errc::passphrase_wrong;
  return no_use();
}

}  // namespace

Result<SigningKey> SigningKey::parse(const text::Secret& text, std::string_view passphrase) {
  auto key = is_openssh_key(text.reveal()) ? from_openssh(text.reveal(), passphrase)
                                           : from_pem(text.reveal(), passphrase);
  if (!key) return key.error();
  auto public_key = parse_host_key(public_blob(key->get()));
  if (!public_key) return no_use();
  return SigningKey(std::move(*key), std::move(*public_key));
}

Result<std::vector<std::uint8_t>> SigningKey::sign(std::string_view algorithm, Bytes data) const {
  const auto* used = find_signature_algorithm(algorithm);
  std::vector<std::uint8_t> signature;
  if (used && used->key_type == public_key_.type) signature = sign_with(key_.get(), *used, data);
  if (signature.empty())
    return Failure{errc::key_file_invalid, "it cannot sign with " + std::string(algorithm)};
  return signature;
}

text::Secret SigningKey::pem() const {
  const OpensslPtr<BIO, BIO_free> out(BIO_new(BIO_s_secmem()));
  if (!out ||
      PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return {};
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &bytes);
  return text::Secret(std::string(bytes, static_cast<std::size_t>(size)));
}

}  // namespace towline::ssh
