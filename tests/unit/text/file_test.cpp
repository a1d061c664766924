#include "text/file.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace towline::text {
namespace {

class File : public testing::Test {
 protected:
  File() {
    std::string pattern = (std::filesystem::temp_directory_path() / "file_test.XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~File() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string with(const std::string& text) const {
    std::ofstream(path("file"), std::ios::binary) << text;
    return path("file");
  }

  std::filesystem::path folder_;
};

TEST_F(File, is_read_whole_or_to_the_limit) {
  for (const std::size_t size : {0U, 1U, 15U, 16'384U, 16'385U, 100'000U}) {
    const auto text = std::string(size / 2, 'a') + std::string(size - size / 2, '\0');
    const auto file = with(text);
    EXPECT_EQ(read_file(file).text.reveal(), text) << size;
    EXPECT_FALSE(read_file(file).error);
    EXPECT_EQ(read_file(file, size + 1).text.reveal(), text) << size;
    EXPECT_EQ(read_file(file, size / 2).text.reveal(), text.substr(0, size / 2)) << size;
  }
}

TEST_F(File, of_the_kernel_says_nothing_of_its_size_and_is_read_all_the_same) {
  EXPECT_NE(read_file("/proc/self/limits").text.reveal().find("Max open files"), std::string::npos);
}

TEST_F(File, that_is_not_one_is_not_waited_for) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  const std::pair<std::string, int> rows[] = {{path("nothing"), ENOENT},
                                              {folder_.string(), EISDIR},
                                              {path("fifo"), ENOTSUP},
                                              {"/dev/null", ENOTSUP},
                                              {"/dev/zero", ENOTSUP}};
  for (const auto& [what, error] : rows) {
    const auto read = read_file(what);
    EXPECT_EQ(read.error.value(), error) << what;
    EXPECT_TRUE(read.text.empty());
  }
}

TEST_F(File, that_is_open_is_read_from_where_it_stands) {
  const int descriptor = ::open(with("0123456789").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(read_rest(descriptor, 4).text.reveal(), "0123");
  EXPECT_EQ(read_rest(descriptor, std::string::npos).text.reveal(), "456789");
  ::close(descriptor);
  EXPECT_EQ(read_rest(descriptor, std::string::npos).error.value(), EBADF);
}

}  // namespace
}  // namespace towline::text
