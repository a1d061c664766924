#include "config/read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace towline::config {
namespace {

using testing::IsEmpty;

Setting setting_of(const Reading& reading, std::string_view name) {
  return *std::ranges::find(reading.settings, name, &Setting::name);
}

struct OldName {
  const char* old_name;
  const char* new_name;
  const char* value;
};

TEST(Read, every_name_of_the_images_first_version_is_read_with_a_warning) {
  const OldName table[] = {
      {"SSH_HOSTUSER", "SSH_REMOTE_USER", "me"},
      {"SSH_HOSTNAME", "SSH_REMOTE_HOST", "bastion"},
      {"SSH_HOSTPORT", "SSH_REMOTE_PORT", "2222"},
      {"SSH_TUNNEL_REMOTE", "SSH_TUNNEL_PORT", "8080"},
      {"SSH_TUNNEL_HOST", "SSH_TARGET_HOST", "db"},
      {"SSH_TUNNEL_LOCAL", "SSH_TARGET_PORT", "5432"},
      {"SSH_KNOWN_HOSTS", "SSH_KNOWN_HOSTS_FILE", "/known"},
      {"SERVER_ALIVE_INTERVAL", "SSH_SERVER_ALIVE_INTERVAL", "7"},
      {"SERVER_ALIVE_COUNT_MAX", "SSH_SERVER_ALIVE_COUNT_MAX", "5"},
  };
  for (const auto& [old_name, new_name, value] : table) {
    Findings findings;
    const auto reading = read_fields(Env({{old_name, value}}), fields(), findings);
    EXPECT_THAT(findings.problems, IsEmpty()) << old_name;
    ASSERT_EQ(findings.warnings.size(), 1u) << old_name;
    EXPECT_EQ(to_string(findings.warnings[0]),
              std::string(old_name) + " is the old name of " + new_name + "; use the new one");
    EXPECT_EQ(setting_of(reading, new_name).value, value);
    EXPECT_EQ(setting_of(reading, new_name).source, Source::alias);
    EXPECT_TRUE(reading.is_written(new_name));

    Findings equal;
    read_fields(Env({{old_name, value}, {new_name, value}}), fields(), equal);
    EXPECT_THAT(equal.problems, IsEmpty()) << old_name;
    Findings different;
    read_fields(Env({{old_name, value}, {new_name, "1"}}), fields(), different);
    ASSERT_EQ(different.problems.size(), 1u) << old_name;
    EXPECT_EQ(different.problems[0].variable, new_name);
  }
}

TEST(Read, known_hosts_is_a_path_only_if_it_begins_like_one) {
  Findings findings;
  const auto inline_keys =
      read_fields(Env({{"SSH_KNOWN_HOSTS", "host ssh-ed25519 AAAA"}}), fields(), findings);
  EXPECT_EQ(inline_keys.draft.config.ssh.host_key.known_hosts_text, "host ssh-ed25519 AAAA");
  EXPECT_FALSE(inline_keys.is_written("SSH_KNOWN_HOSTS_FILE"));
  const auto path = read_fields(Env({{"SSH_KNOWN_HOSTS", "/etc/known"}}), fields(), findings);
  EXPECT_EQ(path.draft.config.ssh.host_key.known_hosts_text, "");
  EXPECT_EQ(path.draft.known_hosts_file, "/etc/known");
  EXPECT_FALSE(path.is_written("SSH_KNOWN_HOSTS"));
  EXPECT_THAT(findings.problems, IsEmpty());
}

TEST(Read, a_bad_value_is_blamed_on_the_name_it_was_written_under) {
  Findings findings;
  read_fields(Env({{"SSH_HOSTPORT", "x"}}), fields(), findings);
  ASSERT_EQ(findings.problems.size(), 1u);
  EXPECT_EQ(findings.problems[0].variable, "SSH_HOSTPORT");
}

TEST(Read, what_is_shown_can_be_corrected) {
  Findings findings;
  auto reading = read_fields(Env({}), fields(), findings);
  reading.show("SSH_REMOTE_PORT", "23", Source::ssh_options);
  reading.show("NO_SUCH_ROW", "x", Source::alias);
  EXPECT_EQ(setting_of(reading, "SSH_REMOTE_PORT").value, "23");
  EXPECT_EQ(to_string(setting_of(reading, "SSH_REMOTE_PORT").source), "SSH_OPTIONS");
  EXPECT_TRUE(reading.is_written("SSH_REMOTE_PORT"));
  EXPECT_FALSE(reading.is_written("SSH_REMOTE_USER"));
}

}  // namespace
}  // namespace towline::config
