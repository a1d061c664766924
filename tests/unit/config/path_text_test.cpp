#include "config/path_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace towline::config {
namespace {

// /run/secrets, /home and the folder we are in exist, and one file.
FileFacts sample_facts(const std::string& path) {
  constexpr std::array folders = {"/", ".", "/.", "/run", "/run/secrets", "/home"};
  FileFacts facts;
  if (std::ranges::find(folders, path) != folders.end()) facts.kind = FileKind::directory;
  if (path == "/run/secrets/key") facts.kind = FileKind::regular;
  if (path.starts_with("/root/")) facts.kind = FileKind::hidden;
  return facts;
}

TEST(PathText, shows_what_can_be_nothing_but_a_path) {
  for (const std::string path : {"/run/secrets/key", "/run/secrets/kye", "/id_rsa", "/known_hosts",
                                 "/keys/id_ed25519", "~/.ssh/id_rsa", "./deploy.pem", "id_ed25519", "/ports",
                                 "/gone", "github", "/root/key", "/home/me"}) {
    EXPECT_EQ(showable_path(path, sample_facts), path);
  }
}

TEST(PathText, shows_as_much_of_the_rest_as_exists) {
  EXPECT_EQ(showable_path("/run/secrets/ssh/main", sample_facts), "/run/secrets/...");
  EXPECT_EQ(showable_path("/home/me/keys/main", sample_facts), "/home/...");
  EXPECT_EQ(showable_path("/keys/deploy", sample_facts), "/keys/...");
}

TEST(PathText, shows_nothing_that_may_be_a_password_or_a_key) {
  const std::string line = "q5Wm0Zt1u8yVJc2LrXk4NfTgB7hDsQeP9oA3iEwK6MjYnRvCxU0zGb5HlSdF2Oa8";
  for (const std::string& secret :
       {std::string("hunter2"), std::string("/hunter2"), std::string("//hunter2"), std::string("/./hunter2"),
        std::string("../hunter2"), std::string("~hunter2"), std::string("/aB/cd/ef+gh="),
        std::string("correct horse"), line, "/" + line, "/" + line + ".key", "id_" + line,
        "/id_" + line.substr(0, 8), std::string(5000, 'a')}) {
    EXPECT_EQ(showable_path(secret, sample_facts), "") << secret;
  }
}

}  // namespace
}  // namespace towline::config
