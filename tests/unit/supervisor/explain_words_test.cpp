#include "supervisor/explain_words.hpp"

#include "ssh/transport/peer_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::supervisor {
namespace {

using testing::HasSubstr;

std::string hint_after(const std::vector<std::string>& texts) {
  ssh::PeerWords words;
  for (const auto& text : texts) words.add(text);
  return hint_of(words.quoted(), "tunnel");
}

TEST(ExplainWords, sentences_that_are_known_lead_to_what_they_are_about) {
  const std::pair<const char*, const char*> rows[] = {
      {"Your account has expired; please contact your system administrator.", "chage -E -1 tunnel"},
      {"Account expired", "chage -E -1 tunnel"},
      {"Your account has been locked. Contact the help desk.", "unlock"},
      {"The account is locked due to 3 failed logins.", "faillock --user tunnel --reset"},
      {"Account locked due to 5 failed logins", "unlock"},
      {"Your account is disabled.", "unlock"},
      {"This account is currently not available.", "unlock"},
      {"Your account has been suspended", "unlock"},
      {"Account or password is expired, reset your password and try again", "change the password"},
      {"Too many connections from your address", "MaxStartups"},
      {"You are number 7 in the queue", "MaxStartups"},
      {"WARNING: Your password has expired.", "change the password"},
      {"Password expired. Change your password now.", "change the password"},
      {"You are required to change your password immediately (administrator enforced).",
       "change the password"},
      {"Password change required but no TTY available.", "change the password"},
      {"You must change your password now and login again!", "change the password"},
      {"\"System is booting up. Unprivileged users are not permitted to log in yet.\"", "/run/nologin"},
      {"The system is going down for reboot NOW!", "going down"},
      {"Too many logins for 'tunnel'.", "maxlogins"},
      {"Exceeded MaxStartups", "raise MaxStartups"},
      {"Not allowed at this time", "PerSourcePenalties"},
  };
  for (const auto& [said, word] : rows) EXPECT_THAT(hint_after({said}), HasSubstr(word)) << said;
}

TEST(ExplainWords, others_leave_the_hint_to_the_failure) {
  for (const auto* said : {"", "Welcome", "Authorised users only. All activity is logged.",
                           "Warning: your password will expire in 7 days.", "down for maintenance",
                           "Your account will expire in 3 days"})
    EXPECT_EQ(hint_after({said}), "") << said;
}

TEST(ExplainWords, the_last_text_counts) {
  EXPECT_THAT(hint_after({"Password expired", "Your account has expired"}), HasSubstr("chage -E"));
  EXPECT_THAT(hint_after({"Your account has expired", "Bye"}), HasSubstr("chage -E")) << "that is known";
}

}  // namespace
}  // namespace towline::supervisor
