#include "app/help.hpp"

#include "config/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

namespace towline::app {
namespace {

using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Help, fits_a_screen) {
  const auto lines = lines_of(help_screen());
  EXPECT_LT(lines.size(), 24U) << "the prompt takes the last";
  for (const auto& line : lines) EXPECT_LE(line.size(), 80U) << line;
}

TEST(Help, names_every_command_on_the_screen) {
  for (const auto name : documented_commands())
    EXPECT_THAT(help_screen(), HasSubstr("\n  " + std::string(name) + " "));
}

TEST(Help, in_whole_has_the_screen_and_every_variable) {
  const auto all = help_all();
  EXPECT_TRUE(all.starts_with(help_screen()));
  for (const config::Field& field : config::fields())
    EXPECT_THAT(all, HasSubstr("\n  " + std::string(field.name) + " "));
  for (const auto& line : lines_of(all)) {
    EXPECT_LE(line.size(), 100U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(ManPage, has_every_command_and_variable) {
  const auto page = man_page("1.2.3");
  EXPECT_THAT(page, HasSubstr("\"towline 1.2.3\""));
  for (const auto name : documented_commands()) EXPECT_THAT(page, HasSubstr(".TP\n.B " + std::string(name)));
  for (const config::Field& field : config::fields())
    EXPECT_THAT(page, HasSubstr(".TP\n.B " + std::string(field.name) + '\n'));
}

// A line that begins with a dot is an order to roff, and with a backslash text can be one.
TEST(ManPage, gives_roff_no_order_that_is_not_meant) {
  const std::vector<std::string> meant{".TH ", ".SH ", ".SS ", ".TP", ".B ", ".BR ",
                                       ".PP",  ".nf",  ".fi",  ".RS", ".RE"};
  for (const auto& line : lines_of(man_page("1.2.3"))) {
    EXPECT_FALSE(line.starts_with('\'')) << line;
    for (std::size_t at = 0; (at = line.find('\\', at)) != std::string::npos; at += 2)
      EXPECT_THAT("-e&f", HasSubstr(std::string(1, line.at(at + 1)))) << line;
    if (!line.starts_with('.')) continue;
    EXPECT_TRUE(std::ranges::any_of(meant, [&](const auto& order) { return line.starts_with(order); }))
        << line;
  }
}

}  // namespace
}  // namespace towline::app
