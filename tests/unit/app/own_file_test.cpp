#include "app/own_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {
namespace {

namespace fs = std::filesystem;

bool begins_with_ours(std::string_view text) { return text.empty() || text.starts_with("ours"); }

class OwnFileTest : public testing::Test {
 protected:
  OwnFileTest() {
    auto pattern = testing::TempDir() + "towline-own-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/file";
  }
  ~OwnFileTest() override { fs::remove_all(folder_); }

  static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  OwnFile file() const { return {path_, begins_with_ours}; }

  std::string folder_;
  std::string path_;
};

TEST_F(OwnFileTest, is_written_whole_replaced_and_removed) {
  auto ours = file();
  EXPECT_TRUE(ours.replace("ours 1"));
  EXPECT_EQ(read(path_), "ours 1");
  struct stat first{};
  ASSERT_EQ(::stat(path_.c_str(), &first), 0);
  EXPECT_EQ(first.st_mode & 0777U & ~0644U, 0U);
  EXPECT_TRUE(ours.replace("ours 2"));
  EXPECT_EQ(read(path_), "ours 2");
  EXPECT_EQ(entries(), 1U) << "something was left";
  ours.remove();
  EXPECT_EQ(entries(), 0U);
}

TEST_F(OwnFileTest, that_a_killed_towline_has_left_is_removed_or_replaced) {
  for (const auto* left : {"", "ours, of the one before"}) {
    std::ofstream(path_) << left;
    EXPECT_TRUE(file().clear());
    EXPECT_FALSE(fs::exists(path_));
    EXPECT_TRUE(file().clear());
    std::ofstream(path_) << left;
    EXPECT_TRUE(file().replace("ours"));
    EXPECT_EQ(read(path_), "ours");
  }
}

// What can be at a path, and what is said of it.
TEST_F(OwnFileTest, never_touches_what_is_not_a_file_of_ours) {
  const auto elsewhere = folder_ + "/elsewhere";
  std::ofstream(elsewhere) << "ours, but not here";
  using Make = std::function<bool()>;
  std::vector<std::pair<Make, file_errc>> rows = {
      {[&] { return ::mkdir(path_.c_str(), 0700) == 0; }, file_errc::not_a_file},
      {[&] { return ::mkfifo(path_.c_str(), 0600) == 0; }, file_errc::not_a_file},
      {[&] { return ::mknod(path_.c_str(), S_IFSOCK | 0600, 0) == 0; }, file_errc::not_a_file},
      {[&] { return ::symlink(elsewhere.c_str(), path_.c_str()) == 0; }, file_errc::a_link},
      {[&] { return ::symlink("/no/such/file", path_.c_str()) == 0; }, file_errc::a_link},
      {[&] { return ::symlink("/dev/null", path_.c_str()) == 0; }, file_errc::a_link},
      {[&] { return bool(std::ofstream(path_) << "precious"); }, file_errc::not_ours},
      {[&] { return bool(std::ofstream(path_) << "ours" << std::string(70'000, 'x')); },
       file_errc::not_ours}};
  if (::geteuid() == 0)
    rows.emplace_back([&] { return ::mknod(path_.c_str(), S_IFCHR | 0600, 0x0103) == 0; },
                      file_errc::not_a_file);
  for (const auto& [make, error] : rows) {
    if (!make()) {
      EXPECT_EQ(errno, EPERM) << "no device can be made here";
      continue;
    }
    struct stat before{};
    ASSERT_EQ(::lstat(path_.c_str(), &before), 0);
    auto ours = file();
    EXPECT_EQ(ours.clear().error().code, error);
    EXPECT_EQ(ours.replace("ours").error().code, error);
    EXPECT_EQ(ours.replace("ours").error().detail, path_);
    ours.remove();
    struct stat after{};
    ASSERT_EQ(::lstat(path_.c_str(), &after), 0) << make_error_code(error).message();
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_EQ(after.st_size, before.st_size);
    EXPECT_EQ(entries(), 2U) << "something was left";
    fs::remove_all(path_);
  }
  EXPECT_EQ(read(elsewhere), "ours, but not here");
}

TEST_F(OwnFileTest, stays_at_the_end_if_it_is_no_longer_what_we_wrote) {
  {
    auto ours = file();
    EXPECT_TRUE(ours.replace("ours"));
    auto theirs = file();
    EXPECT_TRUE(theirs.replace("ours"));
    ours.remove();
    EXPECT_TRUE(fs::exists(path_)) << "it is another towline's";
  }
  auto ours = file();
  EXPECT_TRUE(ours.replace("ours"));
  std::ofstream(path_, std::ios::app) << ", with a remark";
  ours.remove();
  EXPECT_EQ(read(path_), "ours, with a remark");
  file().remove();
  EXPECT_TRUE(fs::exists(path_)) << "one that wrote nothing removes nothing";
}

TEST_F(OwnFileTest, that_cannot_be_written_leaves_nothing_behind) {
  OwnFile missing(folder_ + "/no/such/file", begins_with_ours);
  EXPECT_EQ(missing.replace("ours").error().code, boost::system::errc::no_such_file_or_directory);
  EXPECT_TRUE(missing.clear());
  OwnFile none("", begins_with_ours);
  EXPECT_TRUE(none.clear());
  EXPECT_TRUE(none.replace("ours"));
  none.remove();
  EXPECT_EQ(entries(), 0U);
}

TEST_F(OwnFileTest, that_is_added_to_is_a_regular_file) {
  EXPECT_TRUE(append_to_file(path_, "a\n"));
  EXPECT_TRUE(append_to_file(path_, "b\n"));
  EXPECT_EQ(read(path_), "a\nb\n");
  const auto pipe = folder_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(append_to_file(pipe, "a\n").error().code, file_errc::not_a_file);
  fs::create_symlink(path_, folder_ + "/link");
  EXPECT_EQ(append_to_file(folder_ + "/link", "c\n").error().code, file_errc::a_link);
  EXPECT_EQ(read(path_), "a\nb\n");
}

}  // namespace
}  // namespace towline::app
