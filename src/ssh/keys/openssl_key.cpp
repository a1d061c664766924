#include "ssh/keys/openssl_key.hpp"

#include "ssh/keys/openssl_ptr.hpp"
#include "ssh/wire/writer.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <string>

namespace towline::ssh {

namespace {

using SecretNumber = OpensslPtr<BIGNUM, BN_clear_free>;

struct Curve {
  std::string_view ssh;
  const char* openssl;
  std::string_view algorithm;
  const char* digest;      // RFC 5656, 6.2.1
  std::size_t point_size;  // uncompressed
};

constexpr Curve curves[] = {{"nistp256", "prime256v1", "ecdsa-sha2-nistp256", "SHA256", 65},
                            {"nistp384", "secp384r1", "ecdsa-sha2-nistp384", "SHA384", 97},
                            {"nistp521", "secp521r1", "ecdsa-sha2-nistp521", "SHA512", 133}};

constexpr std::size_t ed25519_size = 32;

std::vector<std::uint8_t> plain(const text::SecretBytes& bytes) { return {bytes.begin(), bytes.end()}; }

SecretNumber secret_number(Bytes magnitude) {
  SecretNumber value(BN_secure_new());
  if (value) BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), value.get());
  return value;
}

std::vector<std::uint8_t> octets(const BIGNUM* value) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, bytes.data());
  return bytes;
}

EVP_PKEY* build(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params && context && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get());
  return key;
}

EVP_PKEY* read_ed25519(Reader& reader) {
  const auto public_half = reader.bytes();
  const auto both = reader.bytes();  // seed, and the public half again
  if (public_half.size() != ed25519_size || both.size() != 2 * ed25519_size) return nullptr;
  if (!std::ranges::equal(public_half, both.last(ed25519_size))) return nullptr;
  return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, both.data(), ed25519_size);
}

EVP_PKEY* read_ecdsa(Reader& reader) {
  const auto* curve = std::ranges::find(curves, reader.string(), &Curve::ssh);
  const auto point = reader.bytes();
  const auto scalar = secret_number(reader.bytes());
  if (curve == std::end(curves) || point.size() != curve->point_size || !scalar) return nullptr;
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->openssl, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get());
  return build("EC", builder.get());
}

// d mod (prime - 1), which OpenSSH's format leaves out.
SecretNumber exponent(const BIGNUM* d, const BIGNUM* prime) {
  const OpensslPtr<BN_CTX, BN_CTX_free> context(BN_CTX_secure_new());
  const SecretNumber less(BN_dup(prime));
  SecretNumber result(BN_secure_new());
  if (!context || !less || !result || BN_is_zero(prime) || BN_is_one(prime) ||
      BN_sub_word(less.get(), 1) != 1)
    return nullptr;
  BN_set_flags(less.get(), BN_FLG_CONSTTIME);
  if (BN_mod(result.get(), d, less.get(), context.get()) != 1) return nullptr;
  return result;
}

EVP_PKEY* read_rsa(Reader& reader) {
  const auto n = secret_number(reader.bytes());
  const auto e = secret_number(reader.bytes());
  const auto d = secret_number(reader.bytes());
  const auto coefficient = secret_number(reader.bytes());
  const auto p = secret_number(reader.bytes());
  const auto q = secret_number(reader.bytes());
  const auto dp = exponent(d.get(), p.get());
  const auto dq = exponent(d.get(), q.get());
  if (!reader.ok() || !dp || !dq) return nullptr;
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  const std::pair<const char*, const SecretNumber*> values[] = {
      {OSSL_PKEY_PARAM_RSA_N, &n},          {OSSL_PKEY_PARAM_RSA_E, &e},
      {OSSL_PKEY_PARAM_RSA_D, &d},          {OSSL_PKEY_PARAM_RSA_FACTOR1, &p},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, &q},    {OSSL_PKEY_PARAM_RSA_EXPONENT1, &dp},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, &dq}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &coefficient}};
  for (const auto& [name, value] : values) OSSL_PARAM_BLD_push_BN(builder.get(), name, value->get());
  return build("RSA", builder.get());
}

SecretNumber number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  return SecretNumber(value);
}

const Curve* curve_of(const EVP_PKEY* key) {
  char name[32] = {};
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, nullptr) != 1)
    return nullptr;
  const auto* curve = std::ranges::find(curves, std::string_view(name),
                                        [](const Curve& each) { return std::string_view(each.openssl); });
  return curve == std::end(curves) ? nullptr : curve;
}

// The point from its coordinates: a file may hold it compressed.
std::vector<std::uint8_t> point_of(const EVP_PKEY* key, const Curve& curve) {
  const auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X);
  const auto y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  const int half = static_cast<int>(curve.point_size / 2);
  std::vector<std::uint8_t> point(curve.point_size, 4);  // RFC 5656, 3.1: uncompressed
  if (!x || !y || BN_bn2binpad(x.get(), point.data() + 1, half) != half ||
      BN_bn2binpad(y.get(), point.data() + 1 + half, half) != half)
    return {};
  return point;
}

// What to hash with; nullptr for Ed25519, which does so itself; nothing for what the key cannot do.
struct Digest {
  bool fits = false;
  const char* name = nullptr;
};

Digest digest_for(const EVP_PKEY* key, std::string_view algorithm) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: return {algorithm == "ssh-ed25519", nullptr};
    case EVP_PKEY_RSA:
      if (algorithm == "rsa-sha2-512") return {true, "SHA512"};
      return {algorithm == "rsa-sha2-256", "SHA256"};
    case EVP_PKEY_EC: {
      const auto* curve = curve_of(key);
      return {curve && algorithm == curve->algorithm, curve ? curve->digest : nullptr};
    }
    default: return {};
  }
}

// RFC 5656, 3.1.2: r and s instead of DER.
std::vector<std::uint8_t> ssh_form(const std::vector<std::uint8_t>& der) {
  const auto* at = der.data();
  const EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!pair) return {};
  MessageWriter writer;
  writer.mpint(octets(ECDSA_SIG_get0_r(pair.get()))).mpint(octets(ECDSA_SIG_get0_s(pair.get())));
  return plain(writer.take());
}

}  // namespace

EVP_PKEY* openssl_key(Bytes private_half) {
  Reader reader(private_half);
  const auto type = reader.string();
  EVP_PKEY* key = nullptr;
  if (type == "ssh-ed25519") key = read_ed25519(reader);
  if (type.starts_with("ecdsa-sha2-")) key = read_ecdsa(reader);
  if (type == "ssh-rsa") key = read_rsa(reader);
  ERR_clear_error();
  return key;
}

std::vector<std::uint8_t> public_blob(const EVP_PKEY* key) {
  MessageWriter writer;
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: {
      std::array<std::uint8_t, ed25519_size> half{};
      std::size_t size = half.size();
      if (EVP_PKEY_get_raw_public_key(key, half.data(), &size) != 1) return {};
      writer.string("ssh-ed25519").bytes(half);
      break;
    }
    case EVP_PKEY_RSA: {
      const auto e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
      const auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
      if (!e || !n) return {};
      writer.string("ssh-rsa").mpint(octets(e.get())).mpint(octets(n.get()));
      break;
    }
    case EVP_PKEY_EC: {
      const auto* curve = curve_of(key);
      if (!curve) return {};
      const auto point = point_of(key, *curve);
      if (point.empty()) return {};
      writer.string(curve->algorithm).string(curve->ssh).bytes(point);
      break;
    }
    default: return {};
  }
  return plain(writer.take());
}

std::vector<std::uint8_t> sign_with(EVP_PKEY* key, std::string_view algorithm, Bytes data) {
  const auto digest = digest_for(key, algorithm);
  const DigestContext context(EVP_MD_CTX_new());
  if (!digest.fits || !context) return {};
  std::size_t size = 0;
  if (EVP_DigestSignInit_ex(context.get(), nullptr, digest.name, nullptr, nullptr, key, nullptr) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) != 1)
    return {};
  std::vector<std::uint8_t> signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) != 1) return {};
  signature.resize(size);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) signature = ssh_form(signature);
  MessageWriter writer;
  writer.string(algorithm).bytes(signature);
  return plain(writer.take());
}

}  // namespace towline::ssh
