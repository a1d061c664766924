#include "config/problem.hpp"

#include <gtest/gtest.h>

namespace towline::config {
namespace {

TEST(Problem, is_one_line_with_variable_fault_and_remedy) {
  const Problem problem{ProblemKind::configuration, "SSH_REMOTE_PORT", "\"x\" is not a port",
                        "write a number"};
  EXPECT_EQ(to_string(problem), "SSH_REMOTE_PORT: \"x\" is not a port; write a number");
}

TEST(Problem, whose_text_begins_with_the_verb_reads_as_a_sentence_about_the_variable) {
  EXPECT_EQ(
      to_string(Problem{ProblemKind::configuration, "SSH_KEY", "is set, and so is SSH_KEY_FILE", "keep one"}),
      "SSH_KEY is set, and so is SSH_KEY_FILE; keep one");
  EXPECT_EQ(to_string(Warning{"SSH_HOSTNAME", "is the old name of SSH_REMOTE_HOST"}),
            "SSH_HOSTNAME is the old name of SSH_REMOTE_HOST");
  EXPECT_EQ(to_string(Warning{"SSH_AUTH_SOCK", "there is no agent at /a"}),
            "SSH_AUTH_SOCK: there is no agent at /a");
  EXPECT_EQ(to_string(Warning{"A", "issues"}), "A: issues");
  EXPECT_EQ(wrong_text({ProblemKind::configuration, "A", "\"x\" is not a port", "write one"}),
            "A: \"x\" is not a port");
}

TEST(Problem, warning_is_one_line) { EXPECT_EQ(to_string(Warning{"A, B", "unknown"}), "A, B: unknown"); }

TEST(Problem, a_text_that_begins_with_the_variable_is_a_whole_sentence) {
  EXPECT_EQ(to_string(Warning{"SSH_X", "SSH_X has no effect"}), "SSH_X has no effect");
  EXPECT_EQ(to_string(Problem{ProblemKind::configuration, "", "nothing is set", "set it"}),
            "nothing is set; set it");
  EXPECT_EQ(wrong_text({ProblemKind::configuration, "SSH_X", "is bad", "mend it"}), "SSH_X is bad");
}

TEST(Problem, a_refused_text_that_may_be_a_secret_is_not_repeated) {
  EXPECT_EQ(quoted_value("say \"ssh\""), R"("say \"ssh\"")");
  EXPECT_EQ(quoted_value("me:hunter2@host"), "\"***\"");
  EXPECT_EQ(unless_secret("Tr0ub4dor3x"), "***");
}

TEST(Problem, printable_text_holds_no_control_characters) {
  EXPECT_EQ(printable("a\r\n\tb\x01\x7f"), "a\\r\\n\\tb\\x01\\x7f");
  EXPECT_EQ(printable("größe"), "größe");
  EXPECT_EQ(quoted_value(""), "\"\"");
}

TEST(Problem, long_text_is_cut_between_characters) {
  EXPECT_EQ(printable(std::string(80, 'a')), std::string(80, 'a'));
  EXPECT_EQ(printable(std::string(81, 'a')), std::string(80, 'a') + "...");
  EXPECT_EQ(printable(std::string(79, 'a') + "ö"), std::string(79, 'a') + "...");
}

TEST(Problem, kind_is_missing_file_only_if_nothing_else_is_wrong) {
  const Problem file{ProblemKind::missing_file, "F", "", ""};
  const Problem other{ProblemKind::configuration, "V", "", ""};
  EXPECT_EQ((Findings{{file, file}, {}}.kind()), ProblemKind::missing_file);
  EXPECT_EQ((Findings{{file, other}, {}}.kind()), ProblemKind::configuration);
  EXPECT_EQ(Findings{}.kind(), ProblemKind::configuration);
}

}  // namespace
}  // namespace towline::config
