#include "ssh/authentication_record.hpp"

#include "ssh/error.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

TEST(AuthenticationRecord, a_refusal_names_what_was_shown_and_what_is_offered) {
  AuthenticationRecord record;
  record.offered = {"publickey", "password"};
  record.refused = {"key SHA256:abc (/id_rsa)", "password"};
  const auto failure = explain_refusal(record, "");
  EXPECT_EQ(failure.code, errc::authentication_refused);
  EXPECT_EQ(failure.detail,
            "refused key SHA256:abc (/id_rsa), password; the server offers publickey,password");
}

TEST(AuthenticationRecord, a_partial_success_is_named) {
  AuthenticationRecord record;
  record.offered = {"password"};
  record.accepted = {"key SHA256:abc (/id_rsa)"};
  EXPECT_EQ(explain_refusal(record, "").detail,
            "accepted key SHA256:abc (/id_rsa), which is not all; the server offers password");
}

TEST(AuthenticationRecord, what_kept_anything_from_being_tried_is_the_reason) {
  AuthenticationRecord record;
  record.offered = {"publickey"};
  record.problems = {{errc::key_file_needs_passphrase, "/id_rsa"}, {errc::agent_empty, "/agent"}};
  const auto failure = explain_refusal(record, "");
  EXPECT_EQ(failure.code, errc::key_file_needs_passphrase);
  EXPECT_EQ(failure.detail, "/id_rsa; the server offers publickey; the SSH agent holds no key: /agent");
}

TEST(AuthenticationRecord, what_was_tried_and_refused_outweighs_what_was_not) {
  AuthenticationRecord record;
  record.offered = {"publickey"};
  record.refused = {"key SHA256:abc (/id_rsa)"};
  record.problems = {{errc::agent_empty, "/agent"}};
  EXPECT_EQ(explain_refusal(record, "").code, errc::authentication_refused);
  record.problems.emplace_back(errc::certificate_invalid, "/id_rsa-cert.pub");
  EXPECT_EQ(explain_refusal(record, "").code, errc::certificate_invalid) << "the key alone was refused";
  record.expired_refused = true;
  EXPECT_EQ(explain_refusal(record, "").code, errc::certificate_expired);
  record.password_change = true;
  EXPECT_EQ(explain_refusal(record, "").code, errc::password_change_required);
}

TEST(AuthenticationRecord, nothing_to_show_is_said) {
  EXPECT_EQ(explain_refusal({}, "").detail,
            "there is nothing to show that it would take; the server offers nothing");
}

TEST(AuthenticationRecord, the_servers_last_words_come_first) {
  AuthenticationRecord record;
  record.refused = {"password"};
  EXPECT_TRUE(explain_refusal(record, "the server said \"enough\"").detail.starts_with("the server said"));
}

}  // namespace
}  // namespace towline::ssh
