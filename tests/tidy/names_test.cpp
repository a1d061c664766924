#include "tidy/source_tree.hpp"

#include <gtest/gtest.h>

namespace towline::tidy {

namespace {

TEST(Names, are_brought_in_to_be_used) {
  std::vector<std::string> found;
  for (const auto& file : sources(TOWLINE_SOURCE_DIR, "src")) {
    if (file.is_header()) continue;
    for (const auto& name : unused_names(file.code)) found.push_back(file.path + ": " + name);
  }
  EXPECT_EQ(found, std::vector<std::string>{});
}

}  // namespace

}  // namespace towline::tidy
