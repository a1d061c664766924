#include "text/braces.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace towline::text {
namespace {

TEST(Braces, take_the_words_of_the_case) {
  const auto word_for = [](std::string_view name) {
    return name == "user" ? std::string("{user}") : "<" + std::string(name) + ">";
  };
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"as it is", "as it is"},
                                                      {"log in as {user}", "log in as {user}"},
                                                      {"{user}{user}", "{user}{user}"},
                                                      {"{a} and {b}.", "<a> and <b>."},
                                                      {"{}", "<>"},
                                                      {"an {open one", "an {open one"},
                                                      {"a closed} {one}", "a closed} <one>"}};
  for (const auto& [sentence, text] : rows) EXPECT_EQ(filled(sentence, word_for), text) << sentence;
}

}  // namespace
}  // namespace towline::text
