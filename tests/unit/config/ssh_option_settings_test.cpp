#include "config/ssh_option_settings.hpp"

#include "config/forwards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace towline::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Lines = std::vector<std::pair<std::string, std::string>>;

// The settings that these options make; a complaint fails the test.
SshOptionSettings settings_of(const Lines& lines) {
  SshOptionSettings settings;
  for (const auto& [name, value] : lines) {
    const auto complaint = read_ssh_option(name, value, settings);
    EXPECT_FALSE(complaint) << name << ' ' << value << ' ' << complaint->wrong;
  }
  return settings;
}

std::string complaint_about(const std::string& name, const std::string& value) {
  SshOptionSettings settings;
  const auto complaint = read_ssh_option(name, value, settings);
  return complaint ? complaint->wrong + "; " + complaint->right : "";
}

TEST(SshOptionSettings, come_from_each_option_about_the_connection) {
  const auto settings = settings_of({{"HostName", "10.0.0.1"},
                                     {"hostkeyalias", "bastion"},
                                     {"ProxyJump", "ann@outer:2222,inner"},
                                     {"ConnectTimeout", "5"},
                                     {"AddressFamily", "inet6"},
                                     {"BindAddress", "127.0.0.2"},
                                     {"BindInterface", "eth0"},
                                     {"TCPKeepAlive", "no"}});
  EXPECT_EQ(settings.host_name, "10.0.0.1");
  EXPECT_EQ(settings.host_key_alias, "bastion");
  ASSERT_TRUE(settings.jump_hosts);
  EXPECT_THAT(*settings.jump_hosts,
              ElementsAre(ServerWords{"ann", "outer", 2222}, ServerWords{{}, "inner", {}}));
  EXPECT_EQ(settings.connect_timeout, 5s);
  EXPECT_EQ(settings.family, net::AddressFamily::inet6);
  EXPECT_EQ(settings.bind_address, "127.0.0.2");
  EXPECT_EQ(settings.bind_interface, "eth0");
  EXPECT_EQ(settings.tcp_keepalive, false);
}

TEST(SshOptionSettings, come_from_each_option_about_authentication) {
  const auto settings = settings_of({{"IdentityFile", "/a"},
                                     {"IdentityFile", "none"},
                                     {"IdentityFile", "/b"},
                                     {"CertificateFile", "/a-cert.pub"},
                                     {"IdentityAgent", "/run/agent"},
                                     {"IdentitiesOnly", "yes"},
                                     {"PubkeyAuthentication", "no"},
                                     {"PasswordAuthentication", "no"},
                                     {"KbdInteractiveAuthentication", "no"},
                                     {"ChallengeResponseAuthentication", "yes"},
                                     {"PreferredAuthentications", "publickey,password"}});
  EXPECT_THAT(settings.identity_files, ElementsAre("/a", "/b"));
  EXPECT_THAT(settings.certificate_files, ElementsAre("/a-cert.pub"));
  EXPECT_EQ(settings.identity_agent, "/run/agent");
  EXPECT_EQ(settings.identities_only, true);
  EXPECT_EQ(settings.publickey, false);
  EXPECT_EQ(settings.password, false);
  EXPECT_EQ(settings.keyboard_interactive, false) << "the older name came second";
  EXPECT_THAT(*settings.preferred_authentications, ElementsAre("publickey", "password"));
  EXPECT_EQ(settings_of({{"IdentityAgent", "none"}}).identity_agent, "");
}

TEST(SshOptionSettings, come_from_each_option_about_host_keys_and_algorithms) {
  const auto settings = settings_of({{"UserKnownHostsFile", "/a /b"},
                                     {"GlobalKnownHostsFile", "/c"},
                                     {"Ciphers", "aes256-ctr"},
                                     {"MACs", "-hmac-sha2-256"},
                                     {"KexAlgorithms", "^ecdh-sha2-nistp521,sntrup761x25519-sha512"},
                                     {"HostKeyAlgorithms", "rsa-sha2-512,ssh-ed25519-cert-v01@openssh.com"},
                                     {"PubkeyAcceptedKeyTypes", "rsa-sha2-256"}});
  EXPECT_THAT(*settings.user_known_hosts_files, ElementsAre("/a", "/b"));
  EXPECT_THAT(settings.global_known_hosts_files, ElementsAre("/c"));
  EXPECT_EQ(settings.algorithms.cipher, "aes256-ctr");
  EXPECT_EQ(settings.algorithms.mac, "-hmac-sha2-256");
  EXPECT_EQ(settings.algorithms.key_exchange, "^ecdh-sha2-nistp521,sntrup761x25519-sha512");
  EXPECT_EQ(settings.algorithms.host_key, "rsa-sha2-512,ssh-ed25519-cert-v01@openssh.com");
  EXPECT_EQ(settings.algorithms.signature, "rsa-sha2-256");
  EXPECT_THAT(settings.unavailable_algorithms, ElementsAre("sntrup761x25519-sha512"));
  EXPECT_THAT(*settings_of({{"UserKnownHostsFile", "none"}}).user_known_hosts_files, IsEmpty());
}

TEST(SshOptionSettings, come_from_each_option_about_forwards_in_both_of_their_forms) {
  const auto settings = settings_of({{"LocalForward", "8080:db:80"},
                                     {"LocalForward", "8081  db:81"},
                                     {"RemoteForward", "*:2222 [::1]:22"},
                                     {"DynamicForward", "1080"},
                                     {"LocalForward", "localhost:82:db:80"},
                                     {"GatewayPorts", "yes"},
                                     {"StreamLocalBindUnlink", "yes"},
                                     {"StreamLocalBindMask", "0117"}});
  std::vector<std::string> specs;
  std::vector<bool> named;
  for (const auto& forward : settings.forwards) {
    specs.push_back(spec_text(forward.spec));
    named.push_back(forward.names_an_address);
  }
  EXPECT_THAT(specs, ElementsAre("-L localhost:8080:db:80", "-L localhost:8081:db:81", "-R *:2222:[::1]:22",
                                 "-D localhost:1080", "-L localhost:82:db:80"));
  EXPECT_THAT(named, ElementsAre(false, false, true, false, true));
  EXPECT_EQ(settings.gateway_ports, true);
  EXPECT_EQ(settings.stream_local_bind_unlink, true);
  EXPECT_EQ(settings.stream_local_bind_mask, 0117U);
}

TEST(SshOptionSettings, map_the_log_level_and_never_hide_errors) {
  const std::pair<std::string, observe::Level> rows[] = {
      {"QUIET", observe::Level::error},   {"fatal", observe::Level::error},
      {"ERROR", observe::Level::error},   {"INFO", observe::Level::info},
      {"VERBOSE", observe::Level::debug}, {"DEBUG", observe::Level::debug},
      {"DEBUG1", observe::Level::debug},  {"DEBUG2", observe::Level::trace},
      {"DEBUG3", observe::Level::trace}};
  for (const auto& [word, level] : rows)
    EXPECT_EQ(settings_of({{"LogLevel", word}}).log_level, level) << word;
  EXPECT_EQ(settings_of({{"-v", "yes"}, {"-v", "yes"}}).verbose, 2);
}

TEST(SshOptionSettings, stand_at_their_first_value) {
  const auto settings = settings_of({{"ConnectTimeout", "5"},
                                     {"ConnectTimeout", "6"},
                                     {"Ciphers", "aes128-ctr"},
                                     {"Ciphers", "aes256-ctr"},
                                     {"UserKnownHostsFile", "/a"},
                                     {"UserKnownHostsFile", "/b"}});
  EXPECT_EQ(settings.connect_timeout, 5s);
  EXPECT_EQ(settings.algorithms.cipher, "aes128-ctr");
  EXPECT_THAT(*settings.user_known_hosts_files, ElementsAre("/a"));
}

TEST(SshOptionSettings, are_not_made_of_values_that_make_no_sense) {
  const Lines rows = {{"HostName", "a b"},
                      {"ConnectTimeout", "soon"},
                      {"AddressFamily", "4"},
                      {"BindAddress", "localhost"},
                      {"BindInterface", "a/b"},
                      {"TCPKeepAlive", "maybe"},
                      {"ProxyJump", "a:b:c,"},
                      {"IdentityFile", "~/.ssh/id_rsa"},
                      {"IdentityFile", "/keys/%r"},
                      {"UserKnownHostsFile", "/a ~/b"},
                      {"PreferredAuthentications", "retina"},
                      {"LogLevel", "LOUD"},
                      {"StreamLocalBindMask", "9"},
                      {"LocalForward", "8080"},
                      {"LocalForward", "8080 "},
                      {"LocalForward", " "},
                      {"RemoteForward", "1080"},
                      {"DynamicForward", "db:80:x"},
                      // Only checked, for a variable decides.
                      {"Port", "ssh"},
                      {"ServerAliveInterval", "abc"},
                      {"ServerAliveCountMax", "-1"},
                      {"StrictHostKeyChecking", "perhaps"},
                      {"User", "a\nb"}};
  for (const auto& [name, value] : rows) EXPECT_NE(complaint_about(name, value), "") << name << ' ' << value;
}

TEST(SshOptionSettings, leave_out_a_broken_algorithm_that_is_only_wished_for) {
  const Lines rows = {{"Ciphers", "+aes128-cbc"},
                      {"MACs", "^hmac-sha1"},
                      {"KexAlgorithms", "+diffie-hellman-group1-sha1"},
                      {"HostKeyAlgorithms", "+ssh-rsa"},
                      {"PubkeyAcceptedAlgorithms", "+ssh-rsa"}};
  for (const auto& [name, value] : rows) {
    SshOptionSettings settings;
    EXPECT_FALSE(read_ssh_option(name, value, settings)) << name;
    EXPECT_EQ(settings.unavailable_algorithms, std::vector{value.substr(1)}) << name;
  }
}

TEST(SshOptionSettings, never_take_a_broken_algorithm_and_name_it) {
  const Lines rows = {{"Ciphers", "aes256-ctr,3des-cbc"},
                      {"MACs", "hmac-md5"},
                      {"KexAlgorithms", "diffie-hellman-group14-sha1"},
                      {"HostKeyAlgorithms", "ssh-dss"},
                      {"PubkeyAcceptedAlgorithms", "ssh-rsa"}};
  for (const auto& [name, value] : rows) {
    const auto last = value.substr(value.rfind(',') + 1);
    EXPECT_THAT(complaint_about(name, value), HasSubstr("asks for " + last + ", which is broken")) << name;
  }
  EXPECT_THAT(complaint_about("Ciphers", "-*"), HasSubstr("leaves no algorithm"));
  EXPECT_THAT(complaint_about("KexAlgorithms", "sntrup761x25519-sha512"), HasSubstr("leaves no algorithm"));
}

}  // namespace
}  // namespace towline::config
