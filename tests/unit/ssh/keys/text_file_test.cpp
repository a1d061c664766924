#include "ssh/keys/text_file.hpp"

#include "unit/ssh/keys/key_files.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace towline::ssh {
namespace {

Failure failure_to_read(const KeyFiles& files, const std::string& name) {
  auto text = read_text_file(files.path(name), errc::secret_file_unreadable, errc::certificate_invalid);
  return text ? Failure{} : text.error();
}

TEST(TextFile, is_read_as_it_is) {
  KeyFiles files;
  files.write("file", "a\r\nb");
  const auto text = read_text_file(files.path("file"), errc::key_file_unreadable, errc::key_file_invalid);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->reveal(), "a\r\nb");
}

TEST(TextFile, fails_with_the_callers_codes) {
  KeyFiles files;
  files.run("mkdir folder; mkfifo fifo; head -c 70000 /dev/zero > large");
  EXPECT_EQ(failure_to_read(files, "nothing").code, errc::secret_file_unreadable);
  EXPECT_EQ(failure_to_read(files, "folder").code, errc::certificate_invalid);
  EXPECT_EQ(failure_to_read(files, "fifo").code, errc::certificate_invalid);
  EXPECT_EQ(failure_to_read(files, "large").code, errc::certificate_invalid);
  EXPECT_NE(failure_to_read(files, "nothing").detail.find(files.path("nothing")), std::string::npos);
}

TEST(TextFile, source_is_the_file_or_the_text_given) {
  KeyFiles files;
  files.write("file", "from a file");
  const TextSource file{.file = files.path("file"), .text = nullptr};
  const TextSource inline_text{.file = {},
                               .text = std::make_shared<const text::Secret>(std::string("given"))};
  EXPECT_EQ(read_text(file, errc::key_file_unreadable, errc::key_file_invalid)->reveal(), "from a file");
  EXPECT_EQ(read_text(inline_text, errc::key_file_unreadable, errc::key_file_invalid)->reveal(), "given");
  EXPECT_EQ(read_text({}, errc::key_file_unreadable, errc::key_file_invalid)->reveal(), "");
}

}  // namespace
}  // namespace towline::ssh
