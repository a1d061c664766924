#include "ssh/auth/server/authorized_keys_repair.hpp"

#include "text/base64.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::ssh {
namespace {

std::string as_base64(std::string_view text) {
  return text::to_base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST(AuthorizedKeysRepair, undoes_what_editors_and_variables_do) {
  const std::pair<std::string, std::string> rows[] = {
      {"ssh-rsa A\nssh-rsa B\n", "ssh-rsa A\nssh-rsa B\n"},
      {"\xEF\xBB\xBFssh-rsa A\r\nssh-rsa B", "ssh-rsa A\nssh-rsa B"},
      {"ssh-rsa A\rssh-rsa B\r", "ssh-rsa A\nssh-rsa B\n"},
      {"'ssh-rsa A'", "ssh-rsa A"},
      {R"(ssh-rsa A\nssh-rsa B\n)", "ssh-rsa A\nssh-rsa B\n"},
      {R"(ssh-rsa A\\nssh-rsa B\r\n)", "ssh-rsa A\nssh-rsa B\n\n"},
      {R"(ssh-rsa A\n# x\nno-pty,command="a\nssh-rsa" ssh-rsa B)",
       "ssh-rsa A\n# x\nno-pty,command=\"a\\nssh-rsa\" ssh-rsa B"},
      {R"(ssh-rsa A me@DOMAIN\nina)", R"(ssh-rsa A me@DOMAIN\nina)"},
      {R"(command="printf 'a\nssh-rsa b'" ssh-rsa A)", R"(command="printf 'a\nssh-rsa b'" ssh-rsa A)"},
      {"ssh-rsa A x\\nssh-rsa C\nssh-rsa B", "ssh-rsa A x\\nssh-rsa C\nssh-rsa B"},
      {as_base64("\xEF\xBB\xBFssh-ed25519 A\nssh-ed25519 B\n"), "ssh-ed25519 A\nssh-ed25519 B\n"},
      {as_base64("something else"), as_base64("something else")},
      {"", ""},
  };
  for (const auto& [text, repaired] : rows) EXPECT_EQ(repair_authorized_keys(text), repaired) << text;
}

TEST(AuthorizedKeysRepair, knows_words_and_types) {
  std::string_view line = " \t a  b";
  EXPECT_EQ(take_word(line), "a");
  EXPECT_EQ(take_word(line), "b");
  EXPECT_EQ(take_word(line), "");
  for (const auto* type :
       {"ssh-ed25519", "ssh-new", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com", "rsa-sha2-512"})
    EXPECT_TRUE(names_key_type(type)) << type;
  for (const auto* word : {"", "restrict", "ssh", "no-pty", "AAAA"})
    EXPECT_FALSE(names_key_type(word)) << word;
}

}  // namespace
}  // namespace towline::ssh
