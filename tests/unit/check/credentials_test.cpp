#include "check/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace towline::check {
namespace {

using testing::HasSubstr;

ssh::TextSource inline_text(const std::string& text) {
  return {.file = {}, .text = std::make_shared<const text::Secret>(std::string(text))};
}

struct Told {
  bool usable;
  CheckReport report;
};

Told told(const ssh::Options& options) {
  Told told{};
  told.usable = check_credentials({"server", 22}, options, told.report);
  return told;
}

TEST(CheckCredentials, a_key_that_is_none_fails_before_any_network) {
  const std::pair<std::string, const char*> rows[] = {
      {"PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen"},
      {"ssh-ed25519 AAAA me@here\n", "it holds a public key"},
      {"127.0.0.1 localhost\n", "does not begin with"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "END line is missing"},
  };
  for (const auto& [text, words] : rows) {
    ssh::Options options;
    options.credentials.keys = {inline_text(text)};
    const auto [usable, report] = told(options);
    EXPECT_FALSE(usable);
    ASSERT_EQ(report.lines.size(), 1u);
    EXPECT_EQ(report.lines[0].step, CheckStep::config);
    EXPECT_THAT(report.lines[0].detail, HasSubstr(words));
    EXPECT_NE(report.lines[0].hint, "");
    EXPECT_EQ(report.exit_code, ExitCode::config);
  }
}

TEST(CheckCredentials, a_key_that_is_gone_fails_as_a_missing_file) {
  ssh::Options options;
  options.credentials.keys = {{.file = "/nonexistent/key"}};
  EXPECT_EQ(told(options).report.exit_code, ExitCode::no_input);
}

TEST(CheckCredentials, beside_another_way_a_bad_key_is_a_warning) {
  ssh::Options options;
  options.credentials.keys = {inline_text("nonsense")};
  for (const bool agent : {false, true}) {
    auto tried = options;
    if (agent) tried.credentials.agent_socket = "/run/agent";
    if (!agent) tried.credentials.password = inline_text("xyzzy");
    const auto [usable, report] = told(tried);
    EXPECT_TRUE(usable);
    ASSERT_EQ(report.lines.size(), 1u);
    EXPECT_EQ(report.lines[0].result, CheckResult::warning);
    EXPECT_EQ(report.exit_code, ExitCode::ok);
  }
}

TEST(CheckCredentials, no_key_at_all_is_for_the_server_to_judge) {
  const auto [usable, report] = told({});
  EXPECT_TRUE(usable);
  EXPECT_TRUE(report.lines.empty());
}

TEST(CheckCredentials, the_same_key_for_a_jump_host_is_told_once_and_another_by_itself) {
  ssh::Options options;
  options.credentials.keys = {inline_text("nonsense")};
  options.jump_hosts = {{{"bastion", 22}, "me", options.credentials}};
  EXPECT_EQ(told(options).report.lines.size(), 1u);
  options.jump_hosts[0].credentials.keys = {{.file = "/nonexistent/key"}};
  EXPECT_EQ(told(options).report.lines.size(), 2u);
}

}  // namespace
}  // namespace towline::check
