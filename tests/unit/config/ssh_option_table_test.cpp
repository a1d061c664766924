#include "config/ssh_option_table.hpp"

#include "config/ssh_option_settings.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace towline::config {
namespace {

TEST(SshOptionTable, is_searched_without_regard_to_case) {
  ASSERT_NE(find_ssh_option("stricthostkeychecking"), nullptr);
  EXPECT_EQ(find_ssh_option("STRICTHOSTKEYCHECKING")->name, "StrictHostKeyChecking");
  EXPECT_EQ(find_ssh_option("StrictHostKeyCheckin"), nullptr);
  EXPECT_EQ(find_ssh_option(""), nullptr);
}

TEST(SshOptionTable, names_each_option_once_and_says_what_to_do_instead_of_it) {
  std::set<std::string_view> names;
  for (const auto& option : ssh_options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    const bool needs_text =
        option.treatment == Treatment::outranked || option.treatment == Treatment::refused;
    EXPECT_EQ(option.text.empty(), !needs_text) << option.name;
  }
}

TEST(SshOptionTable, has_a_reader_for_what_is_honoured_and_for_what_must_at_least_be_right) {
  for (const auto& option : ssh_options()) {
    const bool read = option.treatment == Treatment::honoured || option.treatment == Treatment::outranked;
    EXPECT_EQ(is_readable_ssh_option(option.name), read) << option.name;
  }
}

TEST(SshOptionTable, knows_every_letter_of_ssh_and_what_it_stands_for) {
  // getopt's string in ssh.c of OpenSSH 10, without -o, which has no keyword of its own.
  const std::string letters = "1246ab:c:e:fgi:kl:m:np:qstvxAB:CD:E:F:GI:J:KL:MNO:P:Q:R:S:TVw:W:XYy";
  std::set<char> known;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (letters[i] == ':') continue;
    const auto* flag = find_ssh_flag(letters[i]);
    ASSERT_NE(flag, nullptr) << letters[i];
    known.insert(letters[i]);
    EXPECT_EQ(flag->has_argument, i + 1 < letters.size() && letters[i + 1] == ':') << letters[i];
    EXPECT_EQ(flag->value.empty(), flag->has_argument) << letters[i];
    EXPECT_NE(find_ssh_option(flag->keyword), nullptr) << letters[i];
  }
  for (char c = '!'; c <= '~'; ++c) EXPECT_EQ(find_ssh_flag(c) != nullptr, known.contains(c)) << c;
}

}  // namespace
}  // namespace towline::config
