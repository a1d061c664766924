#include "config/suggestion.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace towline::config {
namespace {

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
      {"SSH_BIND_ADDRESS", "0.0.0.0", "SSH_BIND_IP"},  {"SSH_HOST_PORT", "2222", "SSH_REMOTE_PORT"},
      {"SSH_HOST", "bastion", "SSH_REMOTE_HOST"},      {"SSH_USER", "me", "SSH_REMOTE_USER"},
      {"SSH_PORT", "22", "SSH_REMOTE_PORT"},           {"SSH_PRIVATE_KEY", "PRIVATE", "SSH_KEY"},
      {"SSH_PRIVATE_KEY", "/run/key", "SSH_KEY_FILE"}, {"SSH_KEY_PATH", "/run/key", "SSH_KEY_FILE"},
      {"SSH_JUMP_HOST", "jump", "SSH_JUMP_HOSTS"},     {"SSH_PASS", "hunter2", "SSH_PASSWORD"},
      {"SSH_PRIVATE_KEY_PATH", "/k", "SSH_KEY_FILE"},  {"SSH_USERNAME", "me", "SSH_REMOTE_USER"},
  };
  for (const auto& [name, value, meant] : table) EXPECT_EQ(suggested(name, value), meant) << name;
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
