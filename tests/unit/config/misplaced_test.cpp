#include "config/misplaced.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace towline::config {
namespace {

using testing::HasSubstr;

std::string complaint_about(std::string_view name, std::string_view text) {
  const auto row = std::ranges::find(fields(), name, &Field::name);
  const auto found = find_misplaced(*row, text);
  return found ? found->wrong + "; " + found->right : "";
}

constexpr const char* key =
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n";

TEST(Misplaced, a_private_key_belongs_into_two_variables_only) {
  for (const Field& field : fields()) {
    const auto text = complaint_about(field.name, key);
    if (field.name == "SSH_KEY" || field.name == "TOWLINE_HOST_KEY") {
      EXPECT_EQ(text, "");
    } else {
      EXPECT_THAT(text, HasSubstr("holds a private key; ")) << field.name;
    }
  }
  EXPECT_EQ(complaint_about("SSH_KEY_FILE", key),
            "holds a private key; this variable takes a path; SSH_KEY takes the key itself");
  EXPECT_EQ(complaint_about("TOWLINE_HOST_KEY_FILE", key),
            "holds a private key; this variable takes a path; TOWLINE_HOST_KEY takes the key itself");
  for (const auto* name : {"TOWLINE_AUTHORIZED_KEYS", "TOWLINE_USER_CA_KEYS"})
    EXPECT_EQ(complaint_about(name, key),
              "holds a private key; write the public key, the line in the file whose name ends in .pub");
  EXPECT_THAT(complaint_about("SSH_PASSWORD_FILE", key),
              HasSubstr("SSH_PASSWORD takes the text itself, and SSH_KEY"));
  EXPECT_THAT(complaint_about("SSH_REMOTE_USER", key), HasSubstr("a private key belongs in SSH_KEY"));
}

TEST(Misplaced, public_keys_may_stand_where_they_belong) {
  const std::string known =
      "host ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGx1Y2tpbHkgdGhpcyBpcyBubyBrZXkgYXQgYWxsIGhlcmU2";
  EXPECT_EQ(complaint_about("SSH_KNOWN_HOSTS", known), "");
  EXPECT_EQ(complaint_about("SSH_CERTIFICATE", known), "");
  EXPECT_EQ(complaint_about("TOWLINE_AUTHORIZED_KEYS", known), "");
  EXPECT_EQ(complaint_about("TOWLINE_USER_CA_KEYS", known), "");
}

TEST(Misplaced, words_for_people_may_be_adorned) {
  for (const auto* text : {"*****", "# ours #", "mail: me@example.org", "costs $US or ${more}"})
    EXPECT_EQ(complaint_about("TOWLINE_BANNER", text), "") << text;
  EXPECT_NE(complaint_about("TOWLINE_BANNER", "${BANNER}"), "");
}

TEST(Misplaced, a_password_in_an_address_is_named_without_being_repeated) {
  for (const auto* name : {"SSH_REMOTE_HOST", "SSH_JUMP_HOSTS", "SSH_REMOTE_USER", "SSH_TARGET_HOST"})
    EXPECT_THAT(complaint_about(name, "ok, me:hunter2@host:22"), HasSubstr("holds a password in an address"))
        << name;
  EXPECT_EQ(complaint_about("SSH_JUMP_HOSTS", "me@a:22,you@b:22"), "");
}

TEST(Misplaced, nothing_secret_stands_in_front_of_a_host_in_a_url) {
  for (const auto* text : {"https://me:hunter2@host/", "http://hunter2@host"})
    EXPECT_THAT(complaint_about("TOWLINE_AUTH_URL", text), HasSubstr("TOWLINE_AUTH_TOKEN_FILE")) << text;
  for (const auto* text : {"https://host:8443/a@b", "https://host/?a=b:c@d,e:f@g"})
    EXPECT_EQ(complaint_about("TOWLINE_AUTH_URL", text), "") << text;
}

TEST(Misplaced, a_variable_that_was_not_expanded_is_named) {
  for (const auto* text : {"$HOST", "${HOST}", "${{ secrets.HOST }}", "x@$HOST", "db.${ZONE}.example"})
    EXPECT_THAT(complaint_about("SSH_REMOTE_HOST", text), HasSubstr("a variable that was not expanded"))
        << text;
  EXPECT_THAT(complaint_about("SSH_KEY_FILE", "$HOME/.ssh/id_rsa"), HasSubstr("holds \"$HOME\", a variable"));
  EXPECT_THAT(complaint_about("SSH_KEY", "$SSH_KEY"), HasSubstr("the name of a variable"));
  EXPECT_THAT(complaint_about("SSH_PASSWORD", "${{ secrets.PASSWORD }}"),
              HasSubstr("the name of a variable"));
  for (const auto* text : {"$ecret", "$1ABC", "pa$$WORD", "$A"})
    EXPECT_EQ(complaint_about("SSH_PASSWORD", text), "");
  for (const auto* text : {"MACHINE$", "corp$svc"}) EXPECT_EQ(complaint_about("SSH_REMOTE_USER", text), "");
}

TEST(Misplaced, asterisks_are_what_a_log_shows_and_no_value) {
  for (const auto* name : {"SSH_PASSWORD", "SSH_KEY", "SSH_REMOTE_HOST"})
    EXPECT_THAT(complaint_about(name, "***"), HasSubstr("asterisks")) << name;
  EXPECT_EQ(complaint_about("SSH_BIND_IP", "*"), "");
}

TEST(Misplaced, a_comment_behind_a_value_is_named) {
  for (const auto* name : {"SSH_TUNNEL_PORT", "SSH_REMOTE_USER", "SSH_KEY_FILE", "SSH_OPTIONS", "SSH_MODE"})
    EXPECT_THAT(complaint_about(name, "80   # the web"), HasSubstr("holds a comment")) << name;
  for (const auto* name : {"SSH_FORWARDS", "SSH_PASSWORD", "SSH_KNOWN_HOSTS"})
    EXPECT_EQ(complaint_about(name, "80 # the web"), "") << name;
  EXPECT_EQ(complaint_about("SSH_REMOTE_USER", "team#7"), "");
}

}  // namespace
}  // namespace towline::config
