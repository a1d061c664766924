#include "ssh/keys/signing_key.hpp"

#include "ssh/keys/private_key.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/writer.hpp"
#include "text/base64.hpp"
#include "unit/ssh/keys/key_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using testing::HasSubstr;

const std::string passphrase = "correct horse";

// How a key called "key" comes to be; the public half is "key.pub".
struct Format {
  std::string name;
  std::string make;
  bool encrypted = false;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.make; }

std::string keygen(const std::string& arguments, bool encrypted, const std::string& more = "") {
  return "ssh-keygen -q -N '" + (encrypted ? passphrase : "") + "' -a 4 -f key " + arguments + more;
}

// PKCS#1, SEC 1 or PKCS#8 out of ssh-keygen's own conversion.
std::string converted(const std::string& arguments, const std::string& format, bool encrypted) {
  return keygen(arguments, false) + " && ssh-keygen -q -p -P '' -N '" + (encrypted ? passphrase : "") +
         "' -m " + format + " -f key";
}

// OpenSSH 9.2 reads no Ed25519 key of openssl's: its public line is put together by hand.
constexpr auto ed25519_line =
    "printf 'ssh-ed25519 %s\\n' $( (printf '\\0\\0\\0\\013ssh-ed25519\\0\\0\\0\\040'; "
    "openssl pkey -in plain -pubout -outform DER | tail -c 32) | base64 -w0) > key.pub";

// PKCS#8 by openssl; ssh-keygen -y tells the public half of what it can read itself.
std::string openssl(const std::string& arguments, const std::string& encryption = "") {
  const std::string line =
      arguments == "-algorithm ed25519" ? ed25519_line : "ssh-keygen -y -f plain > key.pub";
  std::string make = "openssl genpkey " + arguments + " -out plain && chmod 600 plain && " + line;
  if (encryption.empty()) return make + " && mv plain key";
  return make + " && openssl pkcs8 -topk8 " + encryption + " -passout 'pass:" + passphrase +
         "' -in plain -out key";
}

std::vector<Format> formats() {
  std::vector<Format> all;
  const std::pair<const char*, const char*> types[] = {{"ed25519", "-t ed25519"},
                                                       {"ecdsa_256", "-t ecdsa -b 256"},
                                                       {"ecdsa_384", "-t ecdsa -b 384"},
                                                       {"ecdsa_521", "-t ecdsa -b 521"},
                                                       {"rsa_2048", "-t rsa -b 2048"}};
  for (const auto& [type, arguments] : types) {
    for (const bool encrypted : {false, true}) {
      const std::string suffix = encrypted ? "_encrypted" : "";
      all.push_back({(type + ("_openssh" + suffix)), keygen(arguments, encrypted), encrypted});
      if (std::string(type) == "ed25519") continue;  // ssh-keygen writes it in no other form
      all.push_back({(type + ("_pem" + suffix)), converted(arguments, "PEM", encrypted), encrypted});
      all.push_back({(type + ("_pkcs8" + suffix)), converted(arguments, "PKCS8", encrypted), encrypted});
    }
  }
  for (const auto* cipher :
       {"aes128-ctr", "aes192-ctr", "aes128-cbc", "aes256-cbc", "aes192-cbc", "3des-cbc",
        "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"}) {
    std::string text = "cipher_" + std::string(cipher, std::string(cipher).find('@') == std::string::npos
                                                           ? std::string(cipher).size()
                                                           : std::string(cipher).find('@'));
    for (auto& c : text) c = c == '-' ? '_' : c;
    all.push_back({text, keygen("-t ed25519", true, std::string(" -Z ") + cipher), true});
  }
  all.push_back({"ed25519_pkcs8", openssl("-algorithm ed25519")});
  all.push_back({"ed25519_pkcs8_encrypted", openssl("-algorithm ed25519", "-v2 aes-256-cbc"), true});
  all.push_back({"rsa_pkcs8_scrypt", openssl("-algorithm rsa", "-scrypt"), true});
  all.push_back(
      {"ecdsa_pkcs8_des3", openssl("-algorithm ec -pkeyopt ec_paramgen_curve:P-256", "-v2 des3"), true});
  return all;
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// The public half, read by OpenSSL alone.
std::unique_ptr<EVP_PKEY, FreeKey> public_half(const KeyFiles& files) {
  const auto line = files.read("key.pub");
  if (line.starts_with("ssh-ed25519 ")) {
    const auto blob = text::from_base64(line.substr(12, 68));
    return std::unique_ptr<EVP_PKEY, FreeKey>(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, blob->data() + blob->size() - 32, 32));
  }
  const auto pem = files.run("ssh-keygen -e -m PKCS8 -f key.pub");
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr));
  BIO_free(in);
  return key;
}

std::vector<std::uint8_t> der(Bytes pair) {
  Reader reader(pair);
  const auto r = reader.bytes();
  const auto s = reader.bytes();
  ECDSA_SIG* signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(r.data(), static_cast<int>(r.size()), nullptr),
                 BN_bin2bn(s.data(), static_cast<int>(s.size()), nullptr));
  std::uint8_t* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &bytes);
  std::vector<std::uint8_t> result(bytes, bytes + size);
  OPENSSL_free(bytes);
  ECDSA_SIG_free(signature);
  return result;
}

bool verifies(EVP_PKEY* key, const char* digest, Bytes signature, Bytes data) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool good =
      EVP_DigestVerifyInit_ex(context, nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
      EVP_DigestVerify(context, signature.data(), signature.size(), data.data(), data.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

const char* digest_of(const std::string& algorithm) {
  if (algorithm == "ssh-ed25519") return nullptr;
  if (algorithm.ends_with("512") || algorithm.ends_with("521")) return "SHA512";
  return algorithm.ends_with("384") ? "SHA384" : "SHA256";
}

Result<SigningKey> parse(const KeyFiles& files, const std::string& words) {
  const auto text = repair_private_key(files.read("key"));
  if (!text) return text.error();
  return SigningKey::parse(*text, words);
}

class KeyFormat : public testing::TestWithParam<Format> {
 protected:
  KeyFormat() { files_.run(GetParam().make); }

  KeyFiles files_;
};

TEST_P(KeyFormat, shows_its_public_half_and_signs_what_openssl_verifies) {
  const auto key = parse(files_, GetParam().encrypted ? passphrase : "");
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(fingerprint(key->public_key()), files_.fingerprint("key.pub"));
  const auto& type = key->public_key().type;
  const std::vector<std::string> algorithms =
      type == "ssh-rsa" ? std::vector<std::string>{"rsa-sha2-256", "rsa-sha2-512"} : std::vector{type};
  const std::vector<std::uint8_t> data{1, 2, 3, 4, 5};
  const auto verifier = public_half(files_);
  ASSERT_TRUE(verifier);
  for (const auto& algorithm : algorithms) {
    const auto signature = key->sign(algorithm, data);
    ASSERT_TRUE(signature) << algorithm;
    Reader reader(*signature);
    EXPECT_EQ(reader.string(), algorithm);
    const auto inner = reader.bytes();
    EXPECT_TRUE(reader.complete());
    const auto bytes =
        algorithm.starts_with("ecdsa") ? der(inner) : std::vector<std::uint8_t>(inner.begin(), inner.end());
    EXPECT_TRUE(verifies(verifier.get(), digest_of(algorithm), bytes, data)) << algorithm;
  }
  for (const auto* algorithm : {"ssh-rsa", "ssh-dss", "", "ecdsa-sha2-nistp999"})
    EXPECT_FALSE(key->sign(algorithm, data)) << algorithm;
}

TEST_P(KeyFormat, tells_a_missing_passphrase_from_a_wrong_one) {
  const auto without = parse(files_, "");
  const auto wrong = parse(files_, "incorrect horse");
  if (!GetParam().encrypted) {
    EXPECT_TRUE(without);
    EXPECT_TRUE(wrong) << "a passphrase that is not needed does no harm";
    return;
  }
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, errc::key_file_needs_passphrase) << without.error().message();
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, errc::passphrase_wrong) << wrong.error().message();
  EXPECT_THAT(wrong.error().message(), testing::Not(HasSubstr("horse")));
}

TEST_P(KeyFormat, survives_what_mounting_does_to_it) {
  const auto good = files_.read("key");
  const auto replace = [&good](const std::string& newline) {
    std::string text;
    for (const char c : good) text += c == '\n' ? newline : std::string(1, c);
    return text;
  };
  auto folded = files_.run("base64 -w0 key");
  const std::pair<const char*, std::string> damages[] = {{"CRLF", replace("\r\n")},
                                                         {"literal \\n", replace("\\n")},
                                                         {"no last newline", good.substr(0, good.size() - 1)},
                                                         {"blank lines", "\n\n" + replace("\n\n")},
                                                         {"blanks for newlines", replace(" ")},
                                                         {"base64", folded}};
  for (const auto& [name, text] : damages) {
    files_.write("key", text);
    const auto key = parse(files_, GetParam().encrypted ? passphrase : "");
    ASSERT_TRUE(key) << name << ": " << key.error().message();
    EXPECT_EQ(fingerprint(key->public_key()), files_.fingerprint("key.pub")) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, KeyFormat, testing::ValuesIn(formats()),
                         [](const auto& info) { return info.param.name; });

Failure failure_of(const std::string& make, const std::string& words = "") {
  KeyFiles files;
  files.run(make);
  const auto key = parse(files, words);
  return key ? Failure{} : key.error();
}

TEST(SigningKey, of_a_type_that_ssh_does_not_have_is_named) {
  for (const auto* arguments :
       {"-algorithm x25519", "-algorithm ed448", "-algorithm ec -pkeyopt ec_paramgen_curve:secp256k1"}) {
    const auto failure = failure_of("openssl genpkey -out key " + std::string(arguments));
    EXPECT_EQ(failure.code, errc::key_file_invalid) << arguments;
    EXPECT_THAT(failure.detail, HasSubstr("type")) << arguments;
  }
}

TEST(SigningKey, encrypted_in_a_way_that_openssl_has_given_up_is_named) {
  const auto make =
      "openssl genpkey -algorithm rsa -out plain && openssl pkcs8 -topk8 -v1 PBE-MD5-DES -provider "
      "default -provider legacy -passout 'pass:" +
      passphrase + "' -in plain -out key";
  const auto failure = failure_of(make, passphrase);
  EXPECT_EQ(failure.code, errc::key_file_invalid);
  EXPECT_THAT(failure.detail, HasSubstr("-topk8"));
}

// Of what a wrong passphrase decrypts one in 256 ends as it should, and only then is found to be nothing.
TEST(SigningKey, with_a_wrong_passphrase_says_so_whatever_comes_out_of_it) {
  KeyFiles files;
  files.run(converted("-t ecdsa -b 521", "PEM", true));
  const auto text = repair_private_key(files.read("key"));
  ASSERT_TRUE(text);
  for (int guess = 0; guess < 2000; ++guess) {
    const auto key = SigningKey::parse(*text, "guess " + std::to_string(guess));
    ASSERT_FALSE(key);
    ASSERT_EQ(key.error().code, errc::passphrase_wrong) << guess << ": " << key.error().message();
  }
}

TEST(SigningKey, with_a_broken_body_is_no_key) {
  const auto rubbish = text::Secret("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  const auto key = SigningKey::parse(rubbish, "");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, errc::key_file_invalid);
}

TEST(SigningKey, can_be_given_out_and_read_again) {
  for (const auto* type : {"-t ed25519", "-t ecdsa -b 384", "-t rsa -b 2048"}) {
    KeyFiles files;
    files.run(keygen(type, true));
    const auto key = SigningKey::parse(repair_private_key(files.read("key")).value(), passphrase);
    ASSERT_TRUE(key);
    const auto again = SigningKey::parse(key->pem(), "");
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->public_key(), key->public_key()) << type;
  }
}

}  // namespace
}  // namespace towline::ssh
