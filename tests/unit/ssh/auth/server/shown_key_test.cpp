#include "ssh/auth/server/shown_key.hpp"

#include "unit/ssh/auth/server/client_messages.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

const std::vector<std::uint8_t> proof_session{1, 2, 3};
const AlgorithmNames every_algorithm = algorithm_names(host_key_names);

Refusal read(const PublicKeyRequest& request, const AlgorithmNames& allowed = every_algorithm) {
  const auto message = request.unsigned_message();
  ShownKey shown;
  return read_shown_key(parse_user_request(message).value(), allowed, shown);
}

bool proven(const PublicKeyRequest& request, const SigningKey& signer, Bytes verified_for = proof_session) {
  const auto message = request.signed_message(signer, proof_session);
  const auto parsed = parse_user_request(message).value();
  ShownKey shown;
  return read_shown_key(parsed, every_algorithm, shown) == Refusal::none &&
         is_proven(shown, verified_for, parsed);
}

TEST(ShownKey, of_every_type_proves_itself) {
  const Keygen keygen;
  const std::pair<const char*, std::vector<const char*>> types[] = {
      {"ed25519", {"ssh-ed25519"}},
      {"ecdsa -b 256", {"ecdsa-sha2-nistp256"}},
      {"ecdsa -b 384", {"ecdsa-sha2-nistp384"}},
      {"ecdsa -b 521", {"ecdsa-sha2-nistp521"}},
      {"rsa -b 2048", {"rsa-sha2-256", "rsa-sha2-512"}}};
  keygen.make("ca");
  for (const auto& [type, algorithms] : types) {
    std::filesystem::remove(keygen.path("key"));
    keygen.make("key", type);
    const auto signer = signing_key(keygen, "key");
    const auto certificate = keygen.certify("key", "ca", "-n me");
    for (const std::string algorithm : algorithms) {
      EXPECT_TRUE(proven({"me", "publickey", algorithm, keygen.blob("key"), {}, algorithm}, signer))
          << algorithm;
      EXPECT_TRUE(proven({"me", "publickey", algorithm + "-cert-v01@openssh.com", certificate, {}, algorithm},
                         signer))
          << algorithm;
    }
  }
}

TEST(ShownKey, fits_its_algorithm) {
  const Keygen keygen;
  keygen.make("ed");
  keygen.make("rsa", "rsa -b 2048");
  keygen.make("ca");
  const auto certificate = keygen.certify("ed", "ca", "-n me");
  EXPECT_EQ(read({"me", "publickey", "ssh-ed25519", keygen.blob("ed")}), Refusal::none);
  for (const auto* algorithm : {"", "ssh-rsa", "rsa-sha2-512", "ecdsa-sha2-nistp256", "ssh-dss", "x",
                                "sk-ssh-ed25519@openssh.com", "-cert-v01@openssh.com"})
    EXPECT_EQ(read({"me", "publickey", algorithm, keygen.blob("ed")}), Refusal::key_unsupported) << algorithm;
  EXPECT_EQ(read({"me", "publickey", "ssh-rsa", keygen.blob("rsa")}), Refusal::key_unsupported) << "SHA-1";
  EXPECT_EQ(read({"me", "publickey", "rsa-sha2-256", keygen.blob("rsa")}), Refusal::none);
  EXPECT_EQ(read({"me", "publickey", "rsa-sha2-256", keygen.blob("rsa")}, {"rsa-sha2-512"}),
            Refusal::key_unsupported);
  EXPECT_EQ(read({"me", "publickey", "ssh-ed25519", certificate}), Refusal::key_unsupported);
  EXPECT_EQ(read({"me", "publickey", "ssh-ed25519-cert-v01@openssh.com", certificate}), Refusal::none);
  EXPECT_EQ(read({"me", "publickey", "rsa-sha2-512-cert-v01@openssh.com", certificate}),
            Refusal::key_unsupported);
  EXPECT_EQ(read({"me", "publickey", "ssh-ed25519-cert-v01@openssh.com", keygen.blob("ed")}),
            Refusal::certificate_invalid);
  EXPECT_EQ(read({"me", "publickey", "ssh-ed25519", {1, 2, 3}}), Refusal::key_unsupported);
}

TEST(ShownKey, is_proven_for_this_session_and_by_this_key_alone) {
  const Keygen keygen;
  for (const auto* name : {"key", "other"}) keygen.make(name);
  keygen.make("rsa", "rsa -b 2048");
  const PublicKeyRequest request{"me", "publickey", "ssh-ed25519", keygen.blob("key")};
  EXPECT_TRUE(proven(request, signing_key(keygen, "key")));
  EXPECT_FALSE(proven(request, signing_key(keygen, "other")));
  EXPECT_FALSE(proven(request, signing_key(keygen, "key"), std::vector<std::uint8_t>{1, 2, 4}));
  const auto rsa = signing_key(keygen, "rsa");
  EXPECT_FALSE(proven({"me", "publickey", "rsa-sha2-512", keygen.blob("rsa"), {}, "rsa-sha2-256"}, rsa))
      << "another algorithm than it said";
  auto message = request.signed_message(signing_key(keygen, "key"), proof_session);
  message[6] ^= 1;  // the user
  ShownKey shown;
  const auto changed = parse_user_request(message).value();
  ASSERT_EQ(read_shown_key(changed, every_algorithm, shown), Refusal::none);
  EXPECT_FALSE(is_proven(shown, proof_session, changed));
}

}  // namespace
}  // namespace towline::ssh
