#include "ssh/auth/client/authentication_record.hpp"

#include "ssh/wire/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using Record = AuthenticationRecord;

const Record::Refusal refused_key{Proof::key, "key SHA256:abc (/id_rsa)"};
const Record::Refusal refused_agent_key{Proof::agent_key, "key SHA256:def (the agent)"};
const Record::Refusal refused_password{Proof::password, "password"};
const Record::Refusal unanswered{Proof::questions, "keyboard-interactive, which asked 'Code:'"};

TEST(AuthenticationRecord, a_refusal_names_what_was_shown_and_what_is_offered) {
  Record record;
  record.offered = {"publickey", "password"};
  record.refused = {refused_key, refused_password};
  const auto failure = explain_refusal(record);
  EXPECT_EQ(failure.code, errc::authentication_refused);
  EXPECT_EQ(failure.detail,
            "refused key SHA256:abc (/id_rsa), password; the server offers publickey,password");
  EXPECT_EQ(failure.offered, "publickey,password");
}

TEST(AuthenticationRecord, a_partial_success_is_named) {
  Record record;
  record.offered = {"password"};
  record.accepted = {"key SHA256:abc (/id_rsa)"};
  const auto failure = explain_refusal(record);
  EXPECT_EQ(failure.code, errc::more_proof_required);
  EXPECT_EQ(failure.detail,
            "accepted key SHA256:abc (/id_rsa), which is not all; the server offers password");
}

TEST(AuthenticationRecord, what_kept_anything_from_being_tried_is_the_reason) {
  Record record;
  record.offered = {"publickey"};
  record.problems = {{errc::key_file_needs_passphrase, "/id_rsa"}, {errc::agent_empty, "/agent"}};
  const auto failure = explain_refusal(record);
  EXPECT_EQ(failure.code, errc::key_file_needs_passphrase);
  EXPECT_EQ(failure.detail, "/id_rsa; the server offers publickey; the SSH agent holds no key: /agent");
}

// What happened, and what it is called.
struct Refused {
  const char* name;
  std::vector<Record::Refusal> refused;
  std::vector<errc> problems;
  errc code;
};

TEST(AuthenticationRecord, the_reason_follows_from_what_was_tried) {
  const Refused rows[] = {
      {"nothing to show", {}, {}, errc::method_not_offered},
      {"key refused", {refused_key}, {}, errc::authentication_refused},
      {"agent's key refused", {refused_agent_key}, {}, errc::authentication_refused},
      {"password refused", {refused_password}, {}, errc::password_refused},
      {"a person is asked", {unanswered}, {}, errc::questions_unanswered},
      {"key refused, then a person is asked", {refused_key, unanswered}, {}, errc::authentication_refused},
      {"password refused, then a person is asked",
       {refused_password, unanswered},
       {},
       errc::password_refused},
      {"key refused, agent empty", {refused_key}, {errc::agent_empty}, errc::authentication_refused},
      {"agent empty", {}, {errc::agent_empty}, errc::agent_empty},
      {"agent gone, a person is asked", {unanswered}, {errc::agent_unreachable}, errc::questions_unanswered},
      {"key useless, a person is asked", {unanswered}, {errc::key_file_invalid}, errc::key_file_invalid},
      {"key useless, agent's refused", {refused_agent_key}, {errc::key_file_invalid}, errc::key_file_invalid},
      {"key useless behind an empty agent",
       {},
       {errc::agent_empty, errc::passphrase_wrong},
       errc::passphrase_wrong},
      {"key useless, another refused", {refused_key}, {errc::key_file_invalid}, errc::authentication_refused},
      {"key useless, password refused",
       {refused_password},
       {errc::key_file_unreadable},
       errc::password_refused},
      {"its certificate useless", {refused_key}, {errc::certificate_invalid}, errc::certificate_invalid}};
  for (const auto& row : rows) {
    Record record;
    record.refused = row.refused;
    for (const auto problem : row.problems) record.problems.emplace_back(problem, "/id_rsa");
    EXPECT_EQ(explain_refusal(record).code, row.code) << row.name;
    for (auto offered : {"publickey", "password", "keyboard-interactive", "hostbased"}) {
      record.offered.emplace_back(offered);
      EXPECT_EQ(explain_refusal(record).code, row.code) << row.name << ", whatever else is offered";
    }
  }
}

TEST(AuthenticationRecord, behind_a_factor_that_was_accepted_the_next_one_is_the_reason) {
  Record record;
  record.accepted = {refused_key.what};
  record.refused = {refused_password};
  EXPECT_EQ(explain_refusal(record).code, errc::password_refused);
  record.refused = {unanswered};
  EXPECT_EQ(explain_refusal(record).code, errc::questions_unanswered);
  record.refused = {refused_agent_key};
  EXPECT_EQ(explain_refusal(record).code, errc::more_proof_required) << "of another kind";
  record.refused.clear();
  record.problems = {{errc::key_file_invalid, "/id_rsa"}};
  EXPECT_EQ(explain_refusal(record).code, errc::key_file_invalid);
}

TEST(AuthenticationRecord, expiry_outweighs_refusal) {
  Record record;
  record.refused = {refused_key};
  record.expired_refused = true;
  EXPECT_EQ(explain_refusal(record).code, errc::certificate_expired);
  record.password_change = true;
  EXPECT_EQ(explain_refusal(record).code, errc::password_change_required);
}

TEST(AuthenticationRecord, a_server_may_end_it_before_everything_was_shown) {
  Record record;
  record.refused = {refused_agent_key};
  record.ended = true;
  EXPECT_EQ(explain_refusal(record).code, errc::authentication_refused) << "one, and there was no other";
  record.more_to_show = true;
  EXPECT_EQ(explain_refusal(record).code, errc::login_ended);
  record.more_to_show = false;
  record.refused.push_back(refused_agent_key);
  EXPECT_EQ(explain_refusal(record).code, errc::login_ended);
  EXPECT_TRUE(explain_refusal(record).detail.starts_with("refused key"));
}

TEST(AuthenticationRecord, nothing_to_show_is_said) {
  EXPECT_EQ(explain_refusal({}).detail, "the server offers nothing");
}

}  // namespace
}  // namespace towline::ssh
