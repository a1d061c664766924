#include "config/ssh_option_table.hpp"

#include "ssh/keys/algorithm_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace towline::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using Options = std::vector<std::pair<std::string, std::string>>;

// What each of these options puts into a draft; a complaint fails the test.
Draft draft_of(const Options& options) {
  Draft draft;
  for (const auto& [name, value] : options) {
    const auto complaint = find_ssh_option(name)->read(value, draft);
    EXPECT_FALSE(complaint) << name << ' ' << value << ' ' << complaint->wrong;
  }
  return draft;
}

std::string complaint_about(const std::string& name, const std::string& value) {
  Draft draft;
  const auto complaint = find_ssh_option(name)->read(value, draft);
  return complaint ? complaint->wrong + "; " + complaint->right : "";
}

TEST(SshOptionTable, is_searched_without_regard_to_case) {
  ASSERT_NE(find_ssh_option("stricthostkeychecking"), nullptr);
  EXPECT_EQ(find_ssh_option("STRICTHOSTKEYCHECKING")->name, "StrictHostKeyChecking");
  EXPECT_EQ(find_ssh_option("StrictHostKeyCheckin"), nullptr);
  EXPECT_EQ(find_ssh_option(""), nullptr);
}

TEST(SshOptionTable, names_each_option_once_and_says_what_to_do_instead_of_it) {
  std::set<std::string_view> names;
  for (const auto& option : ssh_options()) {
    using enum Treatment;
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    const bool read = option.treatment == honoured || option.treatment == gathered;
    if (!read) EXPECT_EQ(option.text.empty(), option.treatment == ignored) << option.name;
    EXPECT_EQ(option.read != nullptr, read || option.treatment == outranked) << option.name;
  }
}

TEST(SshOptionTable, leads_from_an_older_name_to_the_newer_one) {
  EXPECT_EQ(find_ssh_option("ChallengeResponseAuthentication"),
            find_ssh_option("KbdInteractiveAuthentication"));
  EXPECT_EQ(find_ssh_option("PubkeyAcceptedKeyTypes"), find_ssh_option("PubkeyAcceptedAlgorithms"));
}

TEST(SshOptionTable, knows_every_letter_of_ssh_and_what_it_stands_for) {
  // getopt's string in ssh.c of OpenSSH 10, without -o, which has no keyword of its own.
  const std::string letters = "1246ab:c:e:fgi:kl:m:np:qstvxAB:CD:E:F:GI:J:KL:MNO:P:Q:R:S:TVw:W:XYy";
  std::set<char> known;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (letters[i] == ':') continue;
    const auto* flag = find_ssh_flag(letters[i]);
    ASSERT_NE(flag, nullptr) << letters[i];
    known.insert(letters[i]);
    EXPECT_EQ(flag->has_argument(), i + 1 < letters.size() && letters[i + 1] == ':') << letters[i];
    EXPECT_NE(find_ssh_option(flag->keyword), nullptr) << letters[i];
  }
  for (char c = '!'; c <= '~'; ++c) EXPECT_EQ(find_ssh_flag(c) != nullptr, known.contains(c)) << c;
}

TEST(SshOptionTable, fills_what_is_about_authentication) {
  const auto draft = draft_of({{"IdentityFile", "/a"},
                               {"IdentityFile", "/b"},
                               {"CertificateFile", "/a-cert.pub"},
                               {"IdentityAgent", "/run/agent"},
                               {"IdentitiesOnly", "yes"},
                               {"PubkeyAuthentication", "no"},
                               {"PasswordAuthentication", "no"},
                               {"KbdInteractiveAuthentication", "no"}});
  const auto& credentials = draft.config.ssh.credentials;
  ASSERT_EQ(credentials.keys.size(), 2U);
  EXPECT_EQ(credentials.keys[0].file, "/a");
  EXPECT_EQ(credentials.keys[1].file, "/b");
  EXPECT_THAT(draft.certificate_files, ElementsAre("/a-cert.pub"));
  EXPECT_EQ(credentials.agent_socket, "/run/agent");
  EXPECT_TRUE(credentials.identities_only);
  EXPECT_FALSE(credentials.publickey || credentials.password_method || credentials.keyboard_interactive);
}

TEST(SshOptionTable, permits_a_method_that_is_preferred_and_not_forbidden) {
  const Options preferred{{"PreferredAuthentications", "publickey,password"}};
  const Options forbidden{{"PasswordAuthentication", "no"}, {"PubkeyAuthentication", "yes"}};
  for (const auto& options : {Options{preferred[0], forbidden[0], forbidden[1]},
                              Options{forbidden[0], forbidden[1], preferred[0]}}) {
    const auto credentials = draft_of(options).config.ssh.credentials;
    EXPECT_TRUE(credentials.publickey);
    EXPECT_FALSE(credentials.password_method || credentials.keyboard_interactive);
  }
}

TEST(SshOptionTable, fills_what_is_about_host_keys_and_algorithms) {
  const auto draft = draft_of({{"UserKnownHostsFile", "/a /b"},
                               {"GlobalKnownHostsFile", "/c"},
                               {"Ciphers", "aes256-ctr"},
                               {"MACs", "-hmac-sha2-256"},
                               {"KexAlgorithms", "^ecdh-sha2-nistp521,sntrup761x25519-sha512"},
                               {"HostKeyAlgorithms", "rsa-sha2-512,ssh-ed25519-cert-v01@openssh.com"},
                               {"PubkeyAcceptedKeyTypes", "rsa-sha2-256"}});
  EXPECT_THAT(draft.user_known_hosts_files, ElementsAre("/a", "/b"));
  EXPECT_THAT(draft.config.ssh.host_key.known_hosts_files, ElementsAre("/c"));
  const auto& algorithms = draft.config.ssh.algorithms;
  EXPECT_EQ(algorithms.cipher, "aes256-ctr");
  EXPECT_EQ(algorithms.mac, "-hmac-sha2-256");
  EXPECT_EQ(algorithms.key_exchange, "^ecdh-sha2-nistp521,sntrup761x25519-sha512");
  EXPECT_EQ(algorithms.host_key, "rsa-sha2-512,ssh-ed25519-cert-v01@openssh.com");
  EXPECT_EQ(algorithms.signature, "rsa-sha2-256");
  EXPECT_THAT(draft.unavailable_algorithms, ElementsAre("sntrup761x25519-sha512"));
}

TEST(SshOptionTable, takes_forwards_in_both_of_their_forms) {
  const auto draft = draft_of({{"LocalForward", "8080:db:80"},
                               {"LocalForward", "8081  db:81"},
                               {"RemoteForward", "*:2222 [::1]:22"},
                               {"RemoteForward", "2223:db:22"},
                               {"DynamicForward", "1080"},
                               {"LocalForward", "localhost:82:db:80"},
                               {"GatewayPorts", "yes"},
                               {"StreamLocalBindUnlink", "yes"},
                               {"StreamLocalBindMask", "0117"}});
  std::vector<std::string> specs;
  for (const auto& line : draft.forwards.forwards)
    specs.push_back(spec_text(line.spec) + (line.obeys_gateway_ports ? " obeys" : ""));
  EXPECT_THAT(specs, ElementsAre("-L localhost:8080:db:80 obeys", "-L localhost:8081:db:81 obeys",
                                 "-R *:2222:[::1]:22", "-R localhost:2223:db:22", "-D localhost:1080 obeys",
                                 "-L localhost:82:db:80"));
  EXPECT_TRUE(draft.gateway_ports);
  EXPECT_TRUE(draft.main.stream_local.bind_unlink);
  EXPECT_EQ(draft.main.stream_local.bind_mask, 0117U);
}

TEST(SshOptionTable, leaves_out_a_broken_algorithm_that_is_only_wished_for) {
  for (const auto& [name, value] : Options{{"Ciphers", "+aes128-cbc"},
                                           {"MACs", "^hmac-sha1"},
                                           {"KexAlgorithms", "+diffie-hellman-group1-sha1"},
                                           {"HostKeyAlgorithms", "+ssh-rsa"},
                                           {"PubkeyAcceptedAlgorithms", "+ssh-rsa"}}) {
    EXPECT_THAT(draft_of({{name, value}}).unavailable_algorithms, ElementsAre(value.substr(1))) << name;
  }
}

TEST(SshOptionTable, never_takes_a_broken_algorithm_and_names_it) {
  for (const auto& [name, value] : Options{{"Ciphers", "aes256-ctr,3des-cbc"},
                                           {"MACs", "hmac-md5"},
                                           {"KexAlgorithms", "diffie-hellman-group14-sha1"},
                                           {"HostKeyAlgorithms", "ssh-dss"},
                                           {"PubkeyAcceptedAlgorithms", "ssh-rsa"}}) {
    const auto last = value.substr(value.rfind(',') + 1);
    EXPECT_THAT(complaint_about(name, value), HasSubstr("asks for " + last + ", which is broken")) << name;
  }
  EXPECT_THAT(complaint_about("Ciphers", "-*"), HasSubstr("leaves no algorithm"));
  EXPECT_THAT(complaint_about("KexAlgorithms", "sntrup761x25519-sha512"), HasSubstr("leaves no algorithm"));
}

TEST(SshOptionTable, takes_a_key_exchange_alone_where_openssl_has_what_it_needs_or_says_that_it_has_not) {
  const std::string ml_kem(ssh::known_key_exchange_names.front());
  if (const auto why = ssh::why_unavailable(ml_kem); why.empty()) {
    EXPECT_EQ(draft_of({{"KexAlgorithms", ml_kem}}).config.ssh.algorithms.key_exchange, ml_kem);
  } else {
    EXPECT_THAT(complaint_about("KexAlgorithms", ml_kem),
                HasSubstr("leaves no algorithm that is available: " + ml_kem + " " + why));
    EXPECT_THAT(draft_of({{"KexAlgorithms", ml_kem + ",curve25519-sha256"}}).unavailable_algorithms,
                ElementsAre(ml_kem));
  }
}

}  // namespace
}  // namespace towline::config
