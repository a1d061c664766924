#include "app/private_folder.hpp"

#include "integration/fixtures/files.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <sys/stat.h>

namespace towline::app {
namespace {

using fixtures::read_file;
using fixtures::TempDir;

mode_t mode_of(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
}

TEST(PrivateFolder, is_for_its_owner_alone_and_gone_at_the_end) {
  const TempDir dir;
  const std::vector parents{dir.path(".")};
  std::string path;
  {
    auto folder = PrivateFolder::make(parents);
    ASSERT_TRUE(folder);
    path = folder->path();
    EXPECT_EQ(mode_of(path), 0700U);
    ASSERT_TRUE(folder->write("config", "text"));
    EXPECT_EQ(mode_of(path + "/config"), 0600U);
    EXPECT_EQ(read_file(path + "/config"), "text");
    const auto moved = std::move(*folder);
    EXPECT_EQ(mode_of(path), 0700U) << "moved, and not gone";
  }
  EXPECT_EQ(mode_of(path), 0U);
}

TEST(PrivateFolder, is_made_where_it_can_be) {
  const TempDir dir;
  const std::vector parents{std::string("relative"), dir.path("two words"), dir.path("missing"),
                            dir.path(".")};
  const auto folder = PrivateFolder::make(parents);
  ASSERT_TRUE(folder);
  EXPECT_TRUE(folder->path().starts_with(dir.path("."))) << folder->path();
}

TEST(PrivateFolder, says_where_it_cannot_be_made) {
  const TempDir dir;
  const std::vector parents{dir.path("missing")};
  const auto folder = PrivateFolder::make(parents);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code.value(), ENOENT);
  EXPECT_EQ(folder.error().detail, dir.path("missing"));
}

TEST(PrivateFolder, writes_over_nothing) {
  const TempDir dir;
  const std::vector parents{dir.path(".")};
  auto folder = PrivateFolder::make(parents);
  ASSERT_TRUE(folder && folder->write("config", "first"));
  EXPECT_EQ(folder->write("config", "second").error().code.value(), EEXIST);
  EXPECT_EQ(read_file(folder->path() + "/config"), "first");
}

}  // namespace
}  // namespace towline::app
