#include "supervisor/explain_negotiation.hpp"

#include "ssh/keys/algorithm_policy.hpp"
#include "ssh/wire/error.hpp"
#include "supervisor/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::supervisor {
namespace {

using ssh::errc;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string hint_for(errc code, const std::string& offered, const ssh::AlgorithmOptions& wish = {}) {
  Failure failure(code);
  failure.offered = offered;
  ssh::Options options;
  options.algorithms = wish;
  return hint(failure, peer_of({"bastion", 22}, options));
}

TEST(ExplainNegotiation, names_the_servers_setting_and_what_to_add_to_it) {
  struct Row {
    errc code;
    const char* offered;
    const char* setting;
    const char* why;
  };
  const Row rows[] = {
      {errc::no_common_key_exchange, "diffie-hellman-group14-sha256",
       "add curve25519-sha256 (or another of ours) to KexAlgorithms", "towline has none of these"},
      {errc::no_common_key_exchange, "diffie-hellman-group1-sha1", "KexAlgorithms", "broken and never used"},
      {errc::no_common_cipher, "aes256-cbc,3des-cbc",
       "add aes128-gcm@openssh.com (or another of ours) to Ciphers", "broken"},
      {errc::no_common_mac, "hmac-sha1,umac-64@openssh.com",
       "add hmac-sha2-256-etm@openssh.com (or another of ours) to MACs", "towline has none of these"},
      {errc::no_common_host_key, "ssh-rsa,ssh-dss",
       "add ssh-ed25519 (or another of ours) to HostKeyAlgorithms", "ssh-keygen -A"},
      {errc::no_common_compression, "zlib", "without compression", ""}};
  for (const auto& row : rows) {
    EXPECT_THAT(hint_for(row.code, row.offered),
                AllOf(HasSubstr(row.setting), HasSubstr(row.why), HasSubstr("bastion:22")))
        << row.offered;
  }
}

TEST(ExplainNegotiation, tells_what_another_openssl_would_have) {
  const std::string ml_kem(ssh::known_key_exchange_names.front());
  const auto why = ssh::why_unavailable(ml_kem);
  EXPECT_THAT(
      hint_for(errc::no_common_key_exchange, "sntrup761x25519-sha512," + ml_kem),
      AllOf(HasSubstr(why.empty() ? "towline has none of these: " : ml_kem + " " + why + ": "),
            HasSubstr("add curve25519-sha256 (or another of ours) to KexAlgorithms in the sshd_config")));
}

TEST(ExplainNegotiation, what_SSH_OPTIONS_leaves_out_is_to_be_changed_there) {
  ssh::AlgorithmOptions wish;
  wish.cipher = "chacha20-poly1305@openssh.com";
  EXPECT_THAT(
      hint_for(errc::no_common_cipher, "aes256-cbc,aes256-ctr,aes128-ctr", wish),
      AllOf(HasSubstr("add aes256-ctr,aes128-ctr to Ciphers in SSH_OPTIONS"), Not(HasSubstr("sshd_config"))));
  EXPECT_THAT(hint_for(errc::no_common_cipher, "aes256-cbc", wish), HasSubstr("sshd_config"))
      << "without it there would be none either";
}

}  // namespace
}  // namespace towline::supervisor
