#include "check/endpoint.hpp"

#include "ssh/keys/new_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace towline::check {
namespace {

using testing::HasSubstr;

ssh::TextSource text_of(std::string text) {
  return {.file = {}, .text = std::make_shared<const text::Secret>(std::move(text))};
}

endpoint::Options with_key() {
  endpoint::Options options;
  options.host_keys.push_back(text_of(std::string(ssh::new_ed25519_key()->reveal())));
  return options;
}

TEST(CheckEndpoint, shows_what_clients_see) {
  CheckReport report;
  EXPECT_TRUE(check_endpoint(with_key(), report));
  ASSERT_EQ(report.lines.size(), 1U);
  EXPECT_EQ(report.lines[0].result, CheckResult::ok);
  EXPECT_THAT(report.lines[0].detail, HasSubstr("clients see ssh-ed25519 SHA256:"));
}

TEST(CheckEndpoint, a_key_that_cannot_be_read_is_a_failure) {
  endpoint::Options options;
  options.host_keys.push_back({.file = "/no/such/key", .text = {}});
  CheckReport report;
  EXPECT_FALSE(check_endpoint(options, report));
  ASSERT_EQ(report.lines.size(), 1U);
  EXPECT_EQ(report.lines[0].result, CheckResult::failed);
  EXPECT_EQ(report.exit_code, ExitCode::no_input);
}

TEST(CheckEndpoint, says_where_a_key_that_is_made_will_be_kept) {
  endpoint::Options options;
  CheckReport passing;
  EXPECT_TRUE(check_endpoint(options, passing));
  EXPECT_TRUE(passing.lines.empty()) << "the configuration has its warning";
  options.kept_host_key = "/no/such/folder/ssh_host_ed25519_key";
  CheckReport lasting;
  EXPECT_TRUE(check_endpoint(options, lasting));
  EXPECT_EQ(lasting.lines.at(0).result, CheckResult::ok);
  EXPECT_THAT(lasting.lines.at(0).detail, HasSubstr("the first start makes a host key: /no/such/folder/"));
}

TEST(CheckEndpoint, users_that_are_left_out_are_a_warning_and_a_file_that_cannot_be_read_is_a_failure) {
  auto options = with_key();
  options.ssh.login.publickey = true;
  options.ssh.login.authorized_keys = text_of("no-such-option ssh-ed25519 AAAA\n");
  CheckReport left_out;
  EXPECT_TRUE(check_endpoint(options, left_out));
  EXPECT_EQ(left_out.lines.at(0).result, CheckResult::warning);
  options.ssh.login.authorized_keys = {.file = "/no/such/authorized_keys", .text = {}};
  CheckReport unreadable;
  EXPECT_TRUE(check_endpoint(options, unreadable)) << "a start would go on, and wait for the file";
  EXPECT_EQ(unreadable.lines.at(0).result, CheckResult::failed);
  EXPECT_EQ(unreadable.exit_code, ExitCode::no_input);
}

}  // namespace
}  // namespace towline::check
