#include "ssh/keys/signature.hpp"

#include "ssh/keys/openssl_ptr.hpp"
#include "ssh/wire/message.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace towline::ssh {

namespace {

using Key = OpensslPtr<EVP_PKEY, EVP_PKEY_free>;
using Number = OpensslPtr<BIGNUM, BN_free>;

Number number(Bytes big_endian) {
  return Number(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr));
}

Key key_from(const char* algorithm, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) return nullptr;
  return Key(key);
}

bool verifies(EVP_PKEY* key, const EVP_MD* digest, Bytes data, Bytes signature) {
  const DigestContext context(EVP_MD_CTX_new());
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
}

bool ed25519_verifies(Reader key, Bytes data, Bytes signature) {
  const auto point = key.bytes();
  const Key made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point.data(), point.size()));
  return verifies(made.get(), nullptr, data, signature);
}

bool rsa_verifies(Reader key, const EVP_MD* digest, Bytes data, Bytes signature) {
  const auto exponent = number(key.bytes());
  const auto modulus = number(key.bytes());
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (!exponent || !modulus || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1) {
    return false;
  }
  const auto made = key_from("RSA", builder.get());
  // Some signers leave out zeros at the front (OpenSSH takes such a signature too); OpenSSL wants them.
  const auto length = static_cast<std::size_t>(BN_num_bytes(modulus.get()));
  if (signature.size() > length) return false;
  std::vector<std::uint8_t> whole(length - signature.size());
  whole.insert(whole.end(), signature.begin(), signature.end());
  return verifies(made.get(), digest, data, whole);
}

// r and s as mpints, which are not negative here, made into OpenSSL's form.
std::vector<std::uint8_t> der_of(Bytes signature) {
  constexpr std::size_t size_max = 67;  // of nistp521, with the zero that makes it positive
  Reader reader(signature);
  const auto r = reader.bytes();
  const auto s = reader.bytes();
  const auto fits = [](Bytes mpint) {
    return !mpint.empty() && mpint.size() <= size_max && mpint.front() < 0x80;
  };
  if (!reader.complete() || !fits(r) || !fits(s)) return {};
  const EcdsaSignature made(ECDSA_SIG_new());
  auto first = number(r);
  auto second = number(s);
  if (!made || !first || !second) return {};
  // They are the signature's from here on.
  if (ECDSA_SIG_set0(made.get(), first.release(), second.release()) != 1) return {};
  std::uint8_t* bytes = nullptr;
  const int length = i2d_ECDSA_SIG(made.get(), &bytes);
  if (length <= 0) return {};
  std::vector<std::uint8_t> der(bytes, bytes + length);
  OPENSSL_free(bytes);
  return der;
}

bool ecdsa_verifies(Reader key, Bytes data, Bytes signature) {
  const auto curve = key.string();
  const auto point = key.bytes();
  const bool is_256 = curve == "nistp256";
  const bool is_384 = curve == "nistp384";
  const char* group = is_256 ? "P-256" : is_384 ? "P-384" : "P-521";
  const EVP_MD* digest = is_256 ? EVP_sha256() : is_384 ? EVP_sha384() : EVP_sha512();
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1) {
    return false;
  }
  const auto made = key_from("EC", builder.get());
  const auto der = der_of(signature);
  return !der.empty() && verifies(made.get(), digest, data, der);
}

}  // namespace

bool is_signed_by(const HostKey& key, std::span<const std::uint8_t> data,
                  std::span<const std::uint8_t> signature) {
  Reader fields(key.blob);
  const auto type = fields.string();
  Reader signed_with(signature);
  const auto algorithm = signed_with.string();
  const auto value = signed_with.bytes();
  if (!signed_with.complete()) return false;
  if (type == "ssh-rsa") {
    if (algorithm == "rsa-sha2-512") return rsa_verifies(fields, EVP_sha512(), data, value);
    return algorithm == "rsa-sha2-256" && rsa_verifies(fields, EVP_sha256(), data, value);
  }
  if (algorithm != type) return false;
  if (type == "ssh-ed25519") return ed25519_verifies(fields, data, value);
  return type.starts_with("ecdsa-sha2-") && ecdsa_verifies(fields, data, value);
}

}  // namespace towline::ssh
