#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace towline::tidy {

namespace {

std::string text_of_document(const char* name) {
  std::ifstream in(std::filesystem::path(TOWLINE_SOURCE_DIR) / name);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Code and first cell, in their order: what `towline help --man` lists is what docs/commands.md explains.
TEST(Documents, exit_statuses_of_the_manual_are_those_of_the_page) {
  const auto codes = [](const char* file, const char* row) {
    const std::regex pattern(row);
    const auto text = text_of_document(file);
    std::vector<std::string> found;
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
      found.push_back((*it)[1].str());
    return found;
  };
  const auto manual = codes("src/app/help.cpp", R"re(Status\{"([0-9, +n]+)")re");
  EXPECT_GT(manual.size(), 10U);
  EXPECT_EQ(manual, codes("docs/commands.md", R"re(\n\| ([0-9][0-9, +n]*) \|)re"));
}

}  // namespace

}  // namespace towline::tidy
