#include "config/checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::config {
namespace {

using ssh::StrictHostKeyChecking;
using testing::HasSubstr;

FileFacts facts(FileKind kind, bool readable = true) { return {kind, readable, 0, 0, 0600, 1000, 1000}; }

InspectFile always(const FileFacts& fact) {
  return [fact](const std::string&) { return fact; };
}

TEST(KeyFile, a_readable_file_is_fine) {
  EXPECT_TRUE(check_file("SSH_KEY_FILE", "/id_rsa", always(facts(FileKind::regular))).problems.empty());
}

TEST(KeyFile, anything_else_is_a_missing_file) {
  const std::pair<FileFacts, const char*> table[] = {
      {facts(FileKind::absent), "does not exist"},
      {facts(FileKind::directory), "is a directory"},
      {facts(FileKind::null_device), "is not a regular file"},
      {facts(FileKind::other), "is not a regular file"},
      {facts(FileKind::hidden), "closed to us (we are 1000:1000)"},
      {facts(FileKind::regular, false), "cannot be read (owner 0:0, mode 0600, but we are 1000:1000)"},
  };
  for (const auto& [fact, text] : table) {
    const auto found = check_file("SSH_KEY_FILE", "/id_rsa", always(fact));
    ASSERT_EQ(found.problems.size(), 1u) << text;
    EXPECT_EQ(found.problems[0].kind, ProblemKind::missing_file);
    EXPECT_EQ(found.problems[0].variable, "SSH_KEY_FILE");
    EXPECT_THAT(found.problems[0].wrong, HasSubstr("\"/id_rsa\" "));
    EXPECT_THAT(found.problems[0].wrong, HasSubstr(text));
  }
}

TEST(KeyFile, the_remedies_for_one_that_cannot_be_read_have_the_owners_numbers) {
  FileFacts closed = facts(FileKind::regular, false);
  closed.owner = 1001;
  closed.group = 1002;
  EXPECT_EQ(
      check_file("SSH_KEY_FILE", "/id_rsa", always(closed)).problems.at(0).right,
      "run towline as its owner (compose: user: \"1001:1002\", docker run --user 1001:1002) or give it to "
      "this user: chown 1000:1000");
  closed.owner = closed.our_uid;
  EXPECT_EQ(check_file("SSH_KEY_FILE", "/id_rsa", always(closed)).problems.at(0).right, "chmod u+r it");
}

TEST(KeyFile, a_name_that_may_be_a_secret_is_not_shown) {
  for (const char* secret :
       {"hunter2", "/hunter2", "/Tr0ub4dor&3/and more", "correct horse battery staple"}) {
    const auto found =
        check_file("SSH_PASSWORD_FILE", secret, always(facts(FileKind::absent))).problems.at(0);
    EXPECT_EQ(to_string(found).find(secret), std::string::npos) << to_string(found);
    EXPECT_THAT(found.wrong, HasSubstr("may be a secret"));
  }
}

struct HostKeyCase {
  FileKind kind;
  bool path_written;
  std::optional<StrictHostKeyChecking> strict;
  std::optional<StrictHostKeyChecking> expected;  // nothing: a problem
  bool reads_file;
  bool warns;
};

TEST(HostKey, every_combination_of_file_and_word) {
  using enum StrictHostKeyChecking;
  const HostKeyCase table[] = {
      {FileKind::regular, false, {}, yes, true, false},
      {FileKind::regular, true, {}, yes, true, false},
      {FileKind::regular, true, yes, yes, true, false},
      {FileKind::regular, true, accept_new, accept_new, true, false},
      {FileKind::regular, true, no, no, true, true},
      {FileKind::null_device, true, {}, no, false, true},
      {FileKind::null_device, true, no, no, false, true},
      {FileKind::null_device, true, accept_new, accept_new, false, true},
      {FileKind::null_device, true, yes, {}, false, false},
      {FileKind::absent, false, {}, accept_new, false, true},
      {FileKind::absent, false, accept_new, accept_new, false, true},
      {FileKind::absent, false, no, no, false, true},
      {FileKind::absent, false, yes, {}, false, false},
      {FileKind::absent, true, {}, {}, false, false},
      {FileKind::absent, true, no, {}, false, false},
      {FileKind::directory, false, {}, {}, false, false},
      {FileKind::directory, true, no, {}, false, false},
      {FileKind::other, true, {}, {}, false, false},
      {FileKind::hidden, false, {}, {}, false, false},
  };
  for (const auto& row : table) {
    const auto index = &row - table;
    const HostKeyWish wish{"/known_hosts", row.path_written, row.strict};
    const auto choice = choose_host_key_options(wish, facts(row.kind));
    EXPECT_EQ(choice.findings.problems.empty(), row.expected.has_value()) << "row " << index;
    EXPECT_EQ(!choice.findings.warnings.empty(), row.warns) << "row " << index;
    EXPECT_EQ(choice.options.known_hosts_files.size(), row.reads_file ? 1u : 0u) << "row " << index;
    if (row.expected) EXPECT_EQ(choice.options.strict, *row.expected) << "row " << index;
  }
}

TEST(HostKey, known_keys_and_fingerprints_make_it_strict_with_or_without_a_file) {
  using enum StrictHostKeyChecking;
  const HostKeyWish pins[] = {
      {.path = "/known_hosts", .known_hosts = "a b c"},
      {.path = "/known_hosts", .fingerprints = {"SHA256:x"}},
      {.path = "/known_hosts", .further_files = {"/more"}},
      {.path = "/known_hosts", .strict = yes, .fingerprints = {"SHA256:x"}},
  };
  for (const auto& wish : pins) {
    for (const auto kind : {FileKind::absent, FileKind::null_device, FileKind::regular}) {
      const auto choice = choose_host_key_options(wish, facts(kind));
      EXPECT_EQ(choice.options.strict, yes);
      EXPECT_TRUE(choice.findings.problems.empty() && choice.findings.warnings.empty());
      EXPECT_EQ(choice.options.known_hosts_text, wish.known_hosts);
      EXPECT_EQ(choice.options.fingerprints, wish.fingerprints);
    }
  }
  const HostKeyWish eager{.path = "/known_hosts",
                          .strict = accept_new,
                          .fingerprints = {"SHA256:x"},
                          .accepted_file = "/state/known_hosts"};
  EXPECT_EQ(choose_host_key_options(eager, facts(FileKind::absent)).options.accepted_file,
            "/state/known_hosts");
}

TEST(HostKey, inline_keys_stand_instead_of_the_default_file) {
  const HostKeyWish wish{.path = "/known_hosts", .known_hosts = "a b c"};
  EXPECT_TRUE(choose_host_key_options(wish, facts(FileKind::regular)).options.known_hosts_files.empty());
}

TEST(HostKey, an_unreadable_file_never_weakens_the_check) {
  const auto choice = choose_host_key_options({"/known_hosts", false, {}}, facts(FileKind::regular, false));
  ASSERT_EQ(choice.findings.problems.size(), 1u);
  EXPECT_EQ(choice.findings.problems[0].kind, ProblemKind::missing_file);
  EXPECT_EQ(choice.findings.problems[0].variable, "SSH_KNOWN_HOSTS_FILE");
}

TEST(HostKey, strict_without_a_file_is_a_contradiction) {
  const HostKeyWish wish{"/known_hosts", false, StrictHostKeyChecking::yes};
  const auto choice = choose_host_key_options(wish, facts(FileKind::absent));
  ASSERT_EQ(choice.findings.problems.size(), 1u);
  EXPECT_EQ(to_string(choice.findings.problems[0]),
            "SSH_STRICT_HOST_KEY_CHECKING is yes, but there is no known_hosts file; "
            "mount a known_hosts file, set SSH_HOST_KEY_FINGERPRINT or write accept-new");
  EXPECT_EQ(choice.findings.problems[0].kind, ProblemKind::configuration);
}

TEST(Keepalive, a_count_of_zero_is_worth_a_warning) {
  EXPECT_EQ(check_keepalive({.count_max = 0}).warnings.size(), 1u);
  EXPECT_TRUE(check_keepalive({.count_max = 1}).warnings.empty());
  EXPECT_TRUE(check_keepalive({.interval = std::chrono::seconds(0)}).warnings.empty());
}

}  // namespace
}  // namespace towline::config
