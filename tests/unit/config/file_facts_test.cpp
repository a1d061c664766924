#include "config/file_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace towline::config {
namespace {

using testing::HasSubstr;

class Files : public testing::Test {
 public:
  Files() {
    std::string pattern = testing::TempDir() + "/file_facts_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Files() override { std::filesystem::remove_all(folder_); }

 protected:
  std::filesystem::path folder_;
};

TEST_F(Files, a_regular_file_has_owner_and_mode) {
  const auto path = folder_ / "key";
  std::ofstream(path) << "x";
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  const auto facts = inspect_file(path);
  EXPECT_EQ(facts.kind, FileKind::regular);
  EXPECT_TRUE(facts.readable);
  EXPECT_EQ(facts.owner, geteuid());
  EXPECT_EQ(facts.mode, 0640u);
  EXPECT_EQ(facts.our_uid, geteuid());
}

TEST_F(Files, a_link_counts_as_what_it_points_to) {
  std::filesystem::create_symlink("nowhere", folder_ / "dangling");
  std::filesystem::create_symlink("/dev/null", folder_ / "null");
  std::filesystem::create_symlink(folder_, folder_ / "folder");
  EXPECT_EQ(inspect_file(folder_ / "dangling").kind, FileKind::absent);
  EXPECT_EQ(inspect_file(folder_ / "null").kind, FileKind::null_device);
  EXPECT_EQ(inspect_file(folder_ / "folder").kind, FileKind::directory);
  for (const auto* name : {"dangling", "null", "folder"})
    EXPECT_TRUE(inspect_file(folder_ / name).link) << name;
  EXPECT_FALSE(inspect_file(folder_).link);
}

TEST_F(Files, what_is_no_file_is_told_apart) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(inspect_file(pipe).kind, FileKind::other);
  EXPECT_EQ(inspect_file("/dev/null").kind, FileKind::null_device);
  EXPECT_EQ(inspect_file("/dev/zero").kind, FileKind::other);
  EXPECT_EQ(inspect_file(folder_).kind, FileKind::directory);
  EXPECT_EQ(inspect_file(folder_ / "none").kind, FileKind::absent);
  EXPECT_EQ(inspect_file("").kind, FileKind::absent);
}

TEST_F(Files, permission_is_that_of_the_effective_user) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const auto path = folder_ / "closed" / "key";
  std::filesystem::create_directory(folder_ / "closed");
  std::ofstream(path) << "x";
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  EXPECT_FALSE(inspect_file(path).readable);
  ASSERT_EQ(chmod((folder_ / "closed").c_str(), 0500), 0);
  EXPECT_FALSE(inspect_file(folder_ / "closed").writable);
  ASSERT_EQ(chmod((folder_ / "closed").c_str(), 0), 0);
  EXPECT_EQ(inspect_file(path).kind, FileKind::hidden);
  ASSERT_EQ(chmod((folder_ / "closed").c_str(), 0700), 0);
}

TEST_F(Files, a_folder_is_writable_when_files_can_be_made_in_it) {
  EXPECT_TRUE(inspect_file(folder_).writable);
  EXPECT_FALSE(inspect_file(folder_ / "none").writable);
}

TEST(FileFacts, access_names_owner_mode_and_us) {
  const FileFacts facts{FileKind::regular, false, 0, 5, 04600, 1000, 1001};
  EXPECT_EQ(access_text(facts), "owner 0:5, mode 4600, but we are 1000:1001");
}

FileFacts facts(FileKind kind, bool readable = true) { return {kind, readable, 0, 0, 0600, 1000, 1000}; }

InspectFile always(const FileFacts& fact) {
  return [fact](const std::string&) { return fact; };
}

Findings checked(const char* variable, const std::string& path, const FileFacts& fact) {
  Findings findings;
  EXPECT_EQ(check_file(variable, path, always(fact), findings), findings.problems.empty());
  return findings;
}

TEST(KeyFile, a_readable_file_is_fine) {
  EXPECT_TRUE(checked("SSH_KEY_FILE", "/id_rsa", facts(FileKind::regular)).problems.empty());
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
    const auto found = checked("SSH_KEY_FILE", "/id_rsa", fact);
    ASSERT_EQ(found.problems.size(), 1u) << text;
    EXPECT_EQ(found.problems[0].kind, ProblemKind::missing_file);
    EXPECT_EQ(found.problems[0].variable, "SSH_KEY_FILE");
    EXPECT_THAT(found.problems[0].wrong, HasSubstr("\"/id_rsa\" "));
    EXPECT_THAT(found.problems[0].wrong, HasSubstr(text));
  }
}

TEST(KeyFile, may_be_a_folder_where_there_may_be_several) {
  const auto problems = [](const FileFacts& fact) {
    Findings findings;
    EXPECT_EQ(check_file_or_folder("A_FILE", "/id_rsa", always(fact), findings), findings.problems.empty());
    return findings.problems;
  };
  EXPECT_TRUE(problems(facts(FileKind::regular)).empty());
  EXPECT_TRUE(problems(facts(FileKind::directory)).empty());
  EXPECT_EQ(problems(facts(FileKind::absent)).size(), 1u);
  const auto closed = problems(facts(FileKind::directory, false));
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].kind, ProblemKind::missing_file);
  EXPECT_THAT(closed[0].wrong, HasSubstr("\"/id_rsa\" cannot be read (owner 0:0"));
}

TEST(FileOfOurs, may_be_made_or_replaced_and_nothing_else_may_be_there) {
  const std::pair<FileKind, const char*> table[] = {
      {FileKind::absent, ""},
      {FileKind::regular, ""},
      {FileKind::hidden, ""},
      {FileKind::directory, "is a directory"},
      {FileKind::null_device, "is not a regular file"},
      {FileKind::other, "is not a regular file"},
  };
  for (const auto& [kind, text] : table) {
    auto found = facts(kind);
    EXPECT_EQ(in_the_way_of_our_file(found), text);
    found.link = true;
    EXPECT_EQ(in_the_way_of_our_file(found), "is a symbolic link");
  }
}

TEST(KeyFile, the_remedies_for_one_that_cannot_be_read_have_the_owners_numbers) {
  FileFacts closed = facts(FileKind::regular, false);
  closed.owner = 1001;
  closed.group = 1002;
  EXPECT_EQ(
      checked("SSH_KEY_FILE", "/id_rsa", closed).problems.at(0).right,
      "run towline as its owner (compose: user: \"1001:1002\", docker run --user 1001:1002) or give it to "
      "this user: chown 1000:1000");
  closed.owner = closed.our_uid;
  EXPECT_EQ(checked("SSH_KEY_FILE", "/id_rsa", closed).problems.at(0).right, "chmod u+r it");
}

TEST(KeyFile, a_name_that_may_be_a_secret_is_not_shown) {
  for (const char* secret :
       {"hunter2", "/hunter2", "/Tr0ub4dor&3/and more", "correct horse battery staple"}) {
    const auto found = checked("SSH_PASSWORD_FILE", secret, facts(FileKind::absent)).problems.at(0);
    EXPECT_EQ(to_string(found).find(secret), std::string::npos) << to_string(found);
    EXPECT_THAT(found.wrong, HasSubstr("may be a secret"));
  }
}

}  // namespace
}  // namespace towline::config
