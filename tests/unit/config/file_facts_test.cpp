#include "config/file_facts.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace towline::config {
namespace {

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

}  // namespace
}  // namespace towline::config
