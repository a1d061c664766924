#include "ssh/keys/signing_key.hpp"

#include "ssh/keys/openssh_key.hpp"
#include "ssh/keys/openssl_key.hpp"
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

Failure no_use(std::string_view type) {
  if (type.starts_with("sk-"))
    return {errc::key_file_invalid, "it belongs to a security key, which has to be plugged in: use an agent"};
  if (type == "ssh-dss") return {errc::key_file_invalid, "DSA keys sign with SHA-1 only"};
  return {errc::key_file_invalid, "it is damaged, or of a type that SSH does not know"};
}

}  // namespace

void SigningKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

SigningKey::SigningKey(Handle handle, HostKey public_key)
    : handle_(std::move(handle)), public_key_(std::move(public_key)) {}

SigningKey::Handle SigningKey::from_openssh(std::string_view text, std::string_view passphrase,
                                            Failure& failure) {
  const auto file = parse_openssh_key(text);
  const auto half = open_openssh_key(file, passphrase);
  if (!half) {
    failure = half.error();
    return nullptr;
  }
  Handle handle(openssl_key(*half));
  if (!handle) failure = no_use(Reader(*half).string());
  return handle;
}

SigningKey::Handle SigningKey::from_pem(std::string_view text, std::string_view passphrase,
                                        Failure& failure) {
  ERR_clear_error();
  const OpensslPtr<BIO, BIO_free> in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Asked asked{passphrase};
  Handle handle(PEM_read_bio_PrivateKey(in.get(), nullptr, &give_passphrase, &asked));
  const bool unknown = unsupported();
  if (handle) return handle;
  if (says_encrypted(text) && passphrase.empty()) {
    failure = errc::key_file_needs_passphrase;
  } else if (unknown && says_encrypted(text)) {
    failure = {errc::key_file_invalid,
               "it is encrypted with an obsolete algorithm; change that with "
               "openssl pkcs8 -topk8 -v2 aes-256-cbc"};
  } else if (asked.asked) {
    failure = errc::passphrase_wrong;
  } else {
    failure = no_use("");
  }
  return handle;
}

Result<SigningKey> SigningKey::parse(const text::Secret& text, std::string_view passphrase) {
  Failure failure;
  auto handle = is_openssh_key(text.reveal()) ? from_openssh(text.reveal(), passphrase, failure)
                                              : from_pem(text.reveal(), passphrase, failure);
  if (!handle) return failure;
  auto public_key = parse_host_key(public_blob(handle.get()));
  if (!public_key) return no_use("");
  return SigningKey(std::move(handle), std::move(*public_key));
}

Result<std::vector<std::uint8_t>> SigningKey::sign(std::string_view algorithm, Bytes data) const {
  auto signature = sign_with(handle_.get(), algorithm, data);
  if (signature.empty())
    return Failure{errc::key_file_invalid, "it cannot sign with " + std::string(algorithm)};
  return signature;
}

}  // namespace towline::ssh
