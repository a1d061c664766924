#include "config/fields.hpp"

#include <gtest/gtest.h>

#include <set>

namespace towline::config {
namespace {

TEST(Fields, every_default_is_accepted_by_its_own_parser) {
  for (const Field& field : fields()) {
    Draft draft;
    if (field.default_text.empty()) continue;
    const auto complaint = field.apply(field.default_text, draft);
    EXPECT_FALSE(complaint) << field.name << ' ' << (complaint ? complaint->wrong : "");
  }
}

TEST(Fields, names_are_unique_and_ours) {
  std::set<std::string_view> names;
  for (const Field& field : fields()) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    const bool prefixed = field.name.starts_with("SSH_") || field.name.starts_with("AUTOSSH_") ||
                          field.name.starts_with("TOWLINE_");
    EXPECT_TRUE(prefixed) << field.name;
  }
}

TEST(Fields, secrets_are_what_nobody_may_see) {
  EXPECT_EQ(secret_names(), (std::vector<std::string_view>{"SSH_KEY", "SSH_KEY_PASSPHRASE", "SSH_PASSWORD",
                                                           "TOWLINE_HOST_KEY", "TOWLINE_AUTH_TOKEN"}));
}

TEST(Fields, sections_are_not_torn_apart) {
  std::set<Section> ended;
  Section current = fields().front().section;
  for (const Field& field : fields()) {
    if (field.section != current) ended.insert(std::exchange(current, field.section));
    EXPECT_FALSE(ended.contains(field.section)) << field.name;
    EXPECT_FALSE(title(field.section).empty());
  }
}

TEST(Fields, help_is_one_paragraph_of_full_sentences) {
  for (const Field& field : fields()) {
    EXPECT_TRUE(field.help.ends_with('.')) << field.name;
    EXPECT_EQ(field.help.find('\n'), std::string_view::npos) << field.name;
  }
}

}  // namespace
}  // namespace towline::config
