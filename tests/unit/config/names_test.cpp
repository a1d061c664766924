#include "config/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace towline::config {
namespace {

Findings judge(Env::Values values, bool strict = false) {
  Findings findings;
  judge_names(Env(std::move(values)), fields(), strict, findings);
  return findings;
}

TEST(Names, what_others_leave_behind_is_not_ours) {
  const std::pair<std::string_view, std::string_view> others[] = {
      {"SSH_AGENT_PID", "1"},
      {"SSH_CLIENT", "10.0.0.1 1 22"},
      {"SSH_CONNECTION", "x"},
      {"SSH_TTY", "/dev/pts/0"},
      {"TOWLINE_SERVICE_HOST", "10.0.0.1"},
      {"TOWLINE_SERVICE_PORT", "9022"},
      {"TOWLINE_SERVICE_PORT_ADMIN", "9022"},
      {"TOWLINE_PORT", "tcp://10.0.0.1:9022"},
      {"TOWLINE_PORT_9022_TCP", "tcp://10.0.0.1:9022"},
      {"TOWLINE_PORT_9022_TCP_PROTO", "tcp"},
      {"SSH_GATE_PORT_53_UDP_ADDR", "10.0.0.1"},
      {"SSH_GATE_PORT_9_SCTP_PORT", "9"},
      {"SSH_PORT_PORT_22_TCP", "tcp://10.0.0.1:22"},
  };
  for (const auto& [name, value] : others) EXPECT_TRUE(belongs_to_others(name, value)) << name;
  for (const std::string_view name :
       {"SSH_REMOT_PORT", "TOWLINE_PORTS", "SSH_PORT_TCP", "SSH_PORT_22", "SSH_PORT_22_TCPX",
        "SSH_PORT_22_HTTP", "TOWLINE_SERVICE", "SSH_PORT_"}) {
    EXPECT_FALSE(belongs_to_others(name, "22")) << name;
  }
}

TEST(Names, known_and_foreign_names_are_silent) {
  const auto found = judge({{"SSH_REMOTE_HOST", "x"},
                            {"PATH", "/bin"},
                            {"SSHD_OPTS", "-D"},
                            {"SSH_AUTH_SOCK", "/x"},
                            {"towline_x", "1"},
                            {"TOWLINE_SERVICE_HOST", "10.0.0.1"},
                            {"TOWLINE_GONE", ""}});
  EXPECT_TRUE(found.problems.empty());
  EXPECT_TRUE(found.warnings.empty());
}

TEST(Names, an_unknown_name_of_ours_is_a_problem) {
  const auto found = judge({{"TOWLINE_LOG_LEVLE", "hunter2"}, {"TOWLINE_X", "hunter2"}});
  ASSERT_EQ(found.problems.size(), 2u);
  EXPECT_EQ(to_string(found.problems[0]),
            "TOWLINE_LOG_LEVLE is not a variable of towline; did you mean TOWLINE_LOG_LEVEL?");
  EXPECT_EQ(to_string(found.problems[1]),
            "TOWLINE_X is not a variable of towline; `towline help --all` lists them all");
}

TEST(Names, each_unknown_name_of_ssh_is_a_sentence_of_its_own) {
  const auto found = judge({{"SSH_REMOTE_HOTS", "x"}, {"SSH_ASKPASS_REQUIRE", "x"}, {"SSH_HOSTNAM", "x"}});
  EXPECT_TRUE(found.problems.empty());
  std::vector<std::string> lines;
  for (const auto& warning : found.warnings) lines.push_back(to_string(warning));
  EXPECT_THAT(
      lines,
      testing::ElementsAre(
          "SSH_ASKPASS_REQUIRE is not a variable of towline and has no effect; `towline help --all` lists "
          "them all",
          "SSH_HOSTNAM is not a variable of towline and has no effect; did you mean SSH_REMOTE_HOST?",
          "SSH_REMOTE_HOTS is not a variable of towline and has no effect; did you mean SSH_REMOTE_HOST?"));
}

TEST(Names, a_name_that_may_be_a_secret_is_not_repeated) {
  const auto found = judge({{"SSH_q5Wm0Zt1u8yVJc2LrXk4NfTgB7hDsQeP9oA3iEwK", "x"}});
  EXPECT_EQ(found.warnings.at(0).variable, "***");
}

TEST(Names, strict_makes_each_a_problem) {
  const auto found =
      judge({{"SSH_REMOTE_HOTS", "x"}, {"AUTOSSH_GATE_TIME", "1"}, {"SSH_TTY", "/dev/pts/0"}}, true);
  EXPECT_EQ(found.problems.size(), 2u);
  EXPECT_TRUE(found.warnings.empty());
}

TEST(Names, every_variable_of_the_contract_has_a_row) {
  for (const auto name : {"SSH_REMOTE_HOST",
                          "SSH_REMOTE_PORT",
                          "SSH_REMOTE_USER",
                          "SSH_TUNNEL_PORT",
                          "SSH_TARGET_HOST",
                          "SSH_TARGET_PORT",
                          "SSH_MODE",
                          "SSH_BIND_IP",
                          "SSH_KEY_FILE",
                          "SSH_KNOWN_HOSTS_FILE",
                          "SSH_STRICT_HOST_IP_CHECK",
                          "SSH_SERVER_ALIVE_INTERVAL",
                          "SSH_SERVER_ALIVE_COUNT_MAX",
                          "SSH_OPTIONS",
                          "AUTOSSH_GATETIME",
                          "AUTOSSH_POLL",
                          "AUTOSSH_MAXSTART",
                          "AUTOSSH_MAXLIFETIME",
                          "AUTOSSH_LOGLEVEL",
                          "AUTOSSH_DEBUG",
                          "AUTOSSH_PIDFILE",
                          "SSH_HOSTUSER",
                          "SSH_HOSTNAME",
                          "SSH_HOSTPORT",
                          "SSH_TUNNEL_REMOTE",
                          "SSH_TUNNEL_HOST",
                          "SSH_TUNNEL_LOCAL",
                          "SSH_KNOWN_HOSTS",
                          "SERVER_ALIVE_INTERVAL",
                          "SERVER_ALIVE_COUNT_MAX",
                          "SSH_FORWARDS",
                          "SSH_TUNNEL_NAME",
                          "SSH_KEY",
                          "SSH_KEY_PASSPHRASE",
                          "SSH_KEY_PASSPHRASE_FILE",
                          "SSH_CERTIFICATE",
                          "SSH_CERTIFICATE_FILE",
                          "SSH_PASSWORD",
                          "SSH_PASSWORD_FILE",
                          "SSH_AUTH_SOCK",
                          "SSH_HOST_KEY_FINGERPRINT",
                          "SSH_STRICT_HOST_KEY_CHECKING",
                          "SSH_JUMP_HOSTS",
                          "SSH_JUMP_KEY_FILE",
                          "SSH_CONNECT_TIMEOUT",
                          "SSH_CONNECTIONS",
                          "SSH_REMOTE_SELECT",
                          "SSH_PROBE",
                          "SSH_PROBE_INTERVAL",
                          "TOWLINE_ADMIN_LISTEN",
                          "TOWLINE_CONTROL_LISTEN",
                          "TOWLINE_LOG_LEVEL",
                          "TOWLINE_LOG_FORMAT",
                          "TOWLINE_DRAIN_TIMEOUT",
                          "TOWLINE_SHUTDOWN_DELAY",
                          "TOWLINE_READY_POLICY",
                          "TOWLINE_BACKOFF_MAX",
                          "TOWLINE_MAX_CONNECTIONS",
                          "TOWLINE_IDLE_TIMEOUT",
                          "TOWLINE_TARGET_TIMEOUT",
                          "TOWLINE_STATE_DIR",
                          "TOWLINE_PORT_FILE",
                          "TOWLINE_STRICT_ENV",
                          "TOWLINE_EXIT_ON"}) {
    const auto found = judge({{name, "x"}}, true);
    EXPECT_TRUE(found.problems.empty() && found.warnings.empty()) << name;
  }
}

TEST(Names, every_variable_of_the_endpoint_has_a_row) {
  for (const auto name : {"TOWLINE_HOST_KEY",
                          "TOWLINE_HOST_KEY_FILE",
                          "TOWLINE_HOST_CERTIFICATE",
                          "TOWLINE_HOST_CERTIFICATE_FILE",
                          "TOWLINE_AUTHORIZED_KEYS",
                          "TOWLINE_AUTHORIZED_KEYS_FILE",
                          "TOWLINE_USER_CA_KEYS",
                          "TOWLINE_USER_CA_KEYS_FILE",
                          "TOWLINE_PASSWORDS_FILE",
                          "TOWLINE_AUTH_URL",
                          "TOWLINE_AUTH_TOKEN",
                          "TOWLINE_AUTH_TOKEN_FILE",
                          "TOWLINE_AUTH_CA_FILE",
                          "TOWLINE_AUTH",
                          "TOWLINE_LOGIN_TIMEOUT",
                          "TOWLINE_MAX_AUTH_TRIES",
                          "TOWLINE_MAX_CLIENTS",
                          "TOWLINE_MAX_CLIENTS_PER_SOURCE",
                          "TOWLINE_MAX_CLIENTS_CHANNELS",
                          "TOWLINE_BANNER",
                          "TOWLINE_BANNER_FILE",
                          "TOWLINE_SHARE_WAIT",
                          "TOWLINE_SHARE_ALLOW"}) {
    const auto found = judge({{name, "x"}}, true);
    EXPECT_TRUE(found.problems.empty() && found.warnings.empty()) << name;
  }
}

TEST(Names, autossh_variables_without_a_meaning_are_warned_about_even_when_strict) {
  const auto found =
      judge({{"AUTOSSH_FIRST_POLL", "30"}, {"AUTOSSH_PATH", "/x"}, {"AUTOSSH_PORT", "0"}}, true);
  EXPECT_TRUE(found.problems.empty());
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_EQ(to_string(found.warnings[0]),
            "AUTOSSH_FIRST_POLL, AUTOSSH_PATH, AUTOSSH_PORT have no meaning in towline and no effect");
}

TEST(Names, a_service_named_autossh_is_not_a_variable_of_autossh) {
  const auto found = judge({{"AUTOSSH_PORT", "tcp://10.0.0.1:22"}, {"AUTOSSH_SERVICE_HOST", "10.0.0.1"}});
  EXPECT_TRUE(found.warnings.empty());
}

TEST(Names, a_hostile_name_stays_on_one_line) {
  const auto found = judge({{"TOWLINE_A\nB", "x"}, {"SSH_A\nB", "x"}});
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].variable, "TOWLINE_A\\nB");
  EXPECT_EQ(found.warnings.at(0).variable, "SSH_A\\nB");
}

std::optional<std::string_view> suggested(std::string_view name, std::string value, Env::Values beside = {}) {
  beside.emplace(name, std::move(value));
  return suggested_name(name, Env(std::move(beside)), fields());
}

struct Misnomer {
  const char* name;
  const char* value;
  std::optional<std::string_view> meant;
};

TEST(Suggestion, forgives_slips_and_nothing_more) {
  const Misnomer table[] = {
      {"SSH_REMOTE_HOTS", "x", "SSH_REMOTE_HOST"},
      {"SSH_REMTOE_PORT", "22", "SSH_REMOTE_PORT"},
      {"SSH_REMOTE_HOSTNAME", "x", "SSH_REMOTE_HOST"},
      {"SSH_TARGETHOST", "x", "SSH_TARGET_HOST"},
      {"SSH_KEYFILE", "/x", "SSH_KEY_FILE"},
      {"SSH_HOSTNAM", "x", "SSH_REMOTE_HOST"},
      {"SERVER_ALIVE_INTERVALL", "5", "SSH_SERVER_ALIVE_INTERVAL"},
      {"TOWLINE_LOGLEVEL", "info", "TOWLINE_LOG_LEVEL"},
      {"TOWLINE_LOGLEVEL", "loud", "TOWLINE_LOG_LEVEL"},
      {"TOWLINE_BACKOFF", "5s", "TOWLINE_BACKOFF_MAX"},
      {"AUTOSSH_GATE_TIME", "1", "AUTOSSH_GATETIME"},
      {"SSH_ASKPASS_REQUIRE", "x", std::nullopt},
      {"TOWLINE_X", "x", std::nullopt},
  };
  for (const auto& [name, value, meant] : table) EXPECT_EQ(suggested(name, value), meant) << name;
  EXPECT_EQ(suggested("TOWLINE_" + std::string(100'000, 'A'), "x"), std::nullopt);
}

TEST(Suggestion, knows_what_other_images_call_ours) {
  const Misnomer table[] = {
      {"SSH_BIND_ADDRESS", "0.0.0.0", "SSH_BIND_IP"},
      {"SSH_HOST_PORT", "2222", "SSH_REMOTE_PORT"},
      {"SSH_HOST", "bastion", "SSH_REMOTE_HOST"},
      {"SSH_USER", "me", "SSH_REMOTE_USER"},
      {"SSH_PORT", "22", "SSH_REMOTE_PORT"},
      {"SSH_PRIVATE_KEY", "PRIVATE", "SSH_KEY"},
      {"SSH_PRIVATE_KEY", "/run/key", "SSH_KEY_FILE"},
      {"SSH_KEY_PATH", "/run/key", "SSH_KEY_FILE"},
      {"SSH_JUMP_HOST", "jump", "SSH_JUMP_HOSTS"},
      {"SSH_PASS", "hunter2", "SSH_PASSWORD"},
      {"SSH_PRIVATE_KEY_PATH", "/k", "SSH_KEY_FILE"},
      {"SSH_USERNAME", "me", "SSH_REMOTE_USER"},
      {"SSH_HOST_KEY", "PRIVATE", "SSH_KNOWN_HOSTS"},
      {"SSH_HOST_KEY_FILE", "/host", "TOWLINE_HOST_KEY_FILE"},
      {"SSH_AUTHORIZED_KEYS", "ssh-ed25519 AAAA", "TOWLINE_AUTHORIZED_KEYS"},
      {"SSH_AUTHORIZED_KEYS", "/keys", "TOWLINE_AUTHORIZED_KEYS_FILE"},
      {"TOWLINE_AUTHORIZED_KEYS_DIR", "/keys.d", "TOWLINE_AUTHORIZED_KEYS_FILE"},
      {"SSH_TRUSTED_USER_CA_KEYS", "/ca", "TOWLINE_USER_CA_KEYS_FILE"},
      {"TOWLINE_MAX_CLIENT_CHANNELS", "9", "TOWLINE_MAX_CLIENTS_CHANNELS"},
      {"TOWLINE_SSH_LISTEN", "0.0.0.0:2222", "SSH_TUNNEL_PORT"},
      {"TOWLINE_SHARE_LISTEN", "/run/s.sock", "SSH_BIND_IP"},
  };
  for (const auto& [name, value, meant] : table) EXPECT_EQ(suggested(name, value), meant) << name;
  EXPECT_EQ(suggested("SSH_HOST_KEY", "-----BEGIN OPENSSH PRIVATE KEY-----"), "TOWLINE_HOST_KEY");
}

TEST(Suggestion, is_never_a_variable_that_is_set_already) {
  EXPECT_EQ(suggested("SSH_TUNNEL_REMOTE_PORT", "80", {{"SSH_TUNNEL_PORT", "8000"}, {"SSH_HOSTPORT", "22"}}),
            "SSH_TARGET_PORT");
  EXPECT_EQ(suggested("SSH_TUNNEL_REMOTE_PORT", "80"), "SSH_TUNNEL_PORT");
  EXPECT_EQ(suggested("SSH_HOST_PORT", "80", {{"SSH_HOSTPORT", "22"}}), std::nullopt);
  EXPECT_EQ(suggested("SSH_KEY_FIL", "/k", {{"SSH_KEY_FILE", "/k"}}), std::nullopt);
}

TEST(Suggestion, takes_the_value) {
  EXPECT_EQ(suggested("SSH_TUNNEL_REMOTE_PORT", "http"), std::nullopt);
  EXPECT_EQ(suggested("SSH_REMOTE_PORT_NO", "22"), "SSH_REMOTE_PORT");
  EXPECT_NE(suggested("SSH_REMOTE_PORT_NO", "bastion"), "SSH_REMOTE_PORT");
}

// Whoever follows a suggestion must not be refused for it.
TEST(Suggestion, works_when_it_is_followed) {
  const std::pair<const char*, const char*> table[] = {
      {"SSH_HOST", "bastion"},          {"SSH_BIND_ADDR", "0.0.0.0"},  {"SSH_SERVER_PORT", "2222"},
      {"SSH_LOGIN", "John Doe"},        {"SSH_LISTEN_PORT", "*:8080"}, {"SSH_PROXY_JUMP", "me@jump"},
      {"SSH_OPTS", "-o Compression=no"}};
  for (const auto& [name, value] : table) {
    const auto meant = suggested(name, value);
    ASSERT_TRUE(meant) << name;
    const auto row = std::ranges::find(fields(), *meant, &Field::name);
    Draft draft;
    EXPECT_FALSE(row->apply(value, draft)) << name;
  }
}

}  // namespace
}  // namespace towline::config
