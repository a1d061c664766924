#include "ssh/keys/evp_key.hpp"

#include "ssh/keys/key_type.hpp"
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
#include <initializer_list>
#include <utility>

namespace towline::ssh {

namespace {

using Number = OpensslPtr<BIGNUM, BN_clear_free>;
using EcdsaSignature = OpensslPtr<ECDSA_SIG, ECDSA_SIG_free>;
using ParameterBuilder = OpensslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = OpensslPtr<OSSL_PARAM, OSSL_PARAM_free>;

constexpr std::size_t ed25519_size = 32;

Number number(Bytes magnitude) {
  Number value(BN_secure_new());
  if (value) BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), value.get());
  return value;
}

std::vector<std::uint8_t> octets(const BIGNUM* value) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, bytes.data());
  return bytes;
}

std::vector<std::uint8_t> written(MessageWriter& writer) {
  const auto blob = writer.take();
  return {blob.begin(), blob.end()};
}

EvpKey build(const char* type, int half, const ParameterBuilder& builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &key, half, parameters.get());
  return EvpKey(key);
}

EvpKey ed25519_key(Reader fields, int half) {
  const auto point = fields.bytes();
  if (half == EVP_PKEY_PUBLIC_KEY)
    return EvpKey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point.data(), point.size()));
  const auto both = fields.bytes();  // seed, and the public half again
  if (point.size() != ed25519_size || both.size() != 2 * ed25519_size) return nullptr;
  if (!std::ranges::equal(point, both.last(ed25519_size))) return nullptr;
  return EvpKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, both.data(), ed25519_size));
}

EvpKey ecdsa_key(const Curve& curve, Reader fields, int half) {
  const auto name = fields.string();
  const auto point = fields.bytes();
  if (name != curve.name || point.size() != curve.point_size) return nullptr;
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.openssl_name, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  const auto scalar = half == EVP_PKEY_KEYPAIR ? number(fields.bytes()) : nullptr;
  if (scalar) OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get());
  return build("EC", half, builder);
}

EvpKey rsa_from(int half, std::initializer_list<std::pair<const char*, const BIGNUM*>> numbers) {
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  for (const auto& [name, value] : numbers) OSSL_PARAM_BLD_push_BN(builder.get(), name, value);
  return build("RSA", half, builder);
}

EvpKey rsa_public_key(Reader fields) {
  const auto e = number(fields.bytes());
  const auto n = number(fields.bytes());
  return rsa_from(EVP_PKEY_PUBLIC_KEY, {{OSSL_PKEY_PARAM_RSA_N, n.get()}, {OSSL_PKEY_PARAM_RSA_E, e.get()}});
}

// d mod (prime - 1), which OpenSSH's format leaves out.
Number exponent(const BIGNUM* d, const BIGNUM* prime) {
  const OpensslPtr<BN_CTX, BN_CTX_free> context(BN_CTX_secure_new());
  const Number less(BN_dup(prime));
  Number result(BN_secure_new());
  if (!context || !less || !result || BN_is_zero(prime) || BN_is_one(prime) ||
      BN_sub_word(less.get(), 1) != 1)
    return nullptr;
  BN_set_flags(less.get(), BN_FLG_CONSTTIME);
  if (BN_mod(result.get(), d, less.get(), context.get()) != 1) return nullptr;
  return result;
}

EvpKey rsa_private_key(Reader fields) {
  const auto n = number(fields.bytes());
  const auto e = number(fields.bytes());
  const auto d = number(fields.bytes());
  const auto coefficient = number(fields.bytes());
  const auto p = number(fields.bytes());
  const auto q = number(fields.bytes());
  const auto dp = exponent(d.get(), p.get());
  const auto dq = exponent(d.get(), q.get());
  if (!fields.ok() || !dp || !dq) return nullptr;
  return rsa_from(EVP_PKEY_KEYPAIR, {{OSSL_PKEY_PARAM_RSA_N, n.get()},
                                     {OSSL_PKEY_PARAM_RSA_E, e.get()},
                                     {OSSL_PKEY_PARAM_RSA_D, d.get()},
                                     {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
                                     {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
                                     {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
                                     {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()},
                                     {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, coefficient.get()}});
}

// `half` is EVP_PKEY_PUBLIC_KEY, or EVP_PKEY_KEYPAIR where `blob` is a private half.
EvpKey read_key(Bytes blob, int half) {
  Reader fields(blob);
  const auto* type = find_key_type(fields.string());
  if (!type) return nullptr;
  switch (type->kind) {
    case KeyKind::ed25519: return ed25519_key(fields, half);
    case KeyKind::ecdsa: return ecdsa_key(*type->curve, fields, half);
    case KeyKind::rsa: return half == EVP_PKEY_PUBLIC_KEY ? rsa_public_key(fields) : rsa_private_key(fields);
    case KeyKind::dsa:
    case KeyKind::security_key: break;
  }
  return nullptr;
}

Number number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  return Number(value);
}

const KeyType* ecdsa_type_of(const EVP_PKEY* key) {
  char name[32] = {};
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, nullptr) != 1)
    return nullptr;
  const auto* type = std::ranges::find_if(key_types, [&name](const KeyType& each) {
    return each.kind == KeyKind::ecdsa && each.curve->openssl_name == std::string_view(name);
  });
  return type == std::end(key_types) ? nullptr : type;
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

// RFC 5656, 3.1.2: r and s, of the DER that OpenSSL makes.
std::vector<std::uint8_t> pair_of(const std::vector<std::uint8_t>& der) {
  const auto* at = der.data();
  const EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!pair) return {};
  MessageWriter writer;
  writer.mpint(octets(ECDSA_SIG_get0_r(pair.get()))).mpint(octets(ECDSA_SIG_get0_s(pair.get())));
  return written(writer);
}

std::vector<std::uint8_t> der_of(Bytes pair) {
  constexpr std::size_t size_max = 67;  // of nistp521, with the zero that makes it positive
  Reader reader(pair);
  const auto r = reader.bytes();
  const auto s = reader.bytes();
  const auto fits = [](Bytes mpint) {
    return !mpint.empty() && mpint.size() <= size_max && mpint.front() < 0x80;
  };
  const EcdsaSignature made(ECDSA_SIG_new());
  if (!reader.complete() || !fits(r) || !fits(s) || !made) return {};
  // The numbers are the signature's from here on.
  if (ECDSA_SIG_set0(made.get(), number(r).release(), number(s).release()) != 1) return {};
  const int size = i2d_ECDSA_SIG(made.get(), nullptr);
  if (size <= 0) return {};
  std::vector<std::uint8_t> der(static_cast<std::size_t>(size));
  auto* at = der.data();
  i2d_ECDSA_SIG(made.get(), &at);
  return der;
}

// As OpenSSL wants it; empty where it can be none.
std::vector<std::uint8_t> openssl_form(const EVP_PKEY* key, Bytes signature) {
  const int type = EVP_PKEY_get_base_id(key);
  if (type == EVP_PKEY_EC) return der_of(signature);
  // Some signers leave out zeros at the front (OpenSSH takes such a signature too); OpenSSL wants them.
  const auto size =
      type == EVP_PKEY_RSA ? static_cast<std::size_t>(EVP_PKEY_get_size(key)) : signature.size();
  if (signature.size() > size) return {};
  std::vector<std::uint8_t> whole(size - signature.size());
  whole.insert(whole.end(), signature.begin(), signature.end());
  return whole;
}

}  // namespace

void FreeEvpKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

EvpKey evp_key(Bytes private_half) {
  auto key = read_key(private_half, EVP_PKEY_KEYPAIR);
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
      const auto* type = ecdsa_type_of(key);
      const auto point = type ? point_of(key, *type->curve) : std::vector<std::uint8_t>();
      if (point.empty()) return {};
      writer.string(type->name).string(type->curve->name).bytes(point);
      break;
    }
    default: return {};
  }
  return written(writer);
}

std::vector<std::uint8_t> sign_with(EVP_PKEY* key, const SignatureAlgorithm& algorithm, Bytes data) {
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), nullptr, algorithm.digest, nullptr, nullptr, key, nullptr) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) != 1)
    return {};
  std::vector<std::uint8_t> signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) != 1) return {};
  signature.resize(size);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) signature = pair_of(signature);
  MessageWriter writer;
  writer.string(algorithm.name).bytes(signature);
  return written(writer);
}

bool is_signed_by(const HostKey& key, Bytes data, Bytes signature) {
  Reader reader(signature);
  const auto* algorithm = find_signature_algorithm(reader.string());
  const auto value = reader.bytes();
  if (!reader.complete() || !algorithm || algorithm->key_type != key.type) return false;
  const auto verifier = read_key(key.blob, EVP_PKEY_PUBLIC_KEY);
  const DigestContext context(EVP_MD_CTX_new());
  if (!verifier || !context) return false;
  const auto ours = openssl_form(verifier.get(), value);
  return !ours.empty() &&
         EVP_DigestVerifyInit_ex(context.get(), nullptr, algorithm->digest, nullptr, nullptr, verifier.get(),
                                 nullptr) == 1 &&
         EVP_DigestVerify(context.get(), ours.data(), ours.size(), data.data(), data.size()) == 1;
}

}  // namespace towline::ssh
