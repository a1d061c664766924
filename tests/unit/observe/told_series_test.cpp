// What people and Prometheus are told about the metrics holds: the page, the alerts, the dashboard.
#include "unit/observe/series.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <vector>

namespace towline::observe {
namespace {

using Found = std::vector<std::string>;

const std::string root = TOWLINE_SOURCE_DIR "/";

std::string read(const std::string& path) {
  std::ifstream file(root + path);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_FALSE(text.empty()) << path;
  return text;
}

Found all_matches(const std::string& text, const std::string& pattern, std::size_t group = 1) {
  const std::regex regex(pattern);
  Found found;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), none; at != none; ++at)
    found.push_back((*at)[group].str());
  return found;
}

std::string family(std::string name, const std::map<std::string, Series>& known) {
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    const auto base = name.substr(0, name.size() - std::min(name.size(), suffix.size()));
    if (name.ends_with(suffix) && known.contains(base)) return base;
  }
  return name;
}

// The PromQL inside a JSON or YAML text has quotes with and without a backslash.
std::string plain(std::string text) { return std::regex_replace(text, std::regex(R"(\\")"), "\""); }

class ToldSeries : public testing::TestWithParam<const char*> {
 protected:
  const std::map<std::string, Series> known_ = read_series(full_exposition());
  const std::string text_ = plain(read(GetParam()));
};

TEST_P(ToldSeries, exist) {
  Found missing;
  for (const auto& name : all_matches(text_, R"(\b((?:towline|process)_[a-z0-9_]+))")) {
    if (!known_.contains(family(name, known_))) missing.push_back(name);
  }
  EXPECT_EQ(missing, Found{});
}

TEST_P(ToldSeries, have_the_labels_and_values_they_are_asked_for) {
  const std::regex selector(R"(\b((?:towline|process)_[a-z0-9_]+)\{([^}]*)\})");
  const std::regex matcher(R"re(([a-z0-9_]+)=~?"([^"]*)")re");
  Found missing;
  for (std::sregex_iterator at(text_.begin(), text_.end(), selector), none; at != none; ++at) {
    const auto& labels = known_.at(family((*at)[1], known_)).labels;
    const auto matchers = (*at)[2].str();
    for (std::sregex_iterator one(matchers.begin(), matchers.end(), matcher); one != none; ++one) {
      const auto label = (*one)[1].str();
      if (label == "job" || label == "instance") continue;
      if (!labels.contains(label)) missing.push_back((*at)[1].str() + " has no label " + label);
      if (label != "state" && label != "reason") continue;
      for (const auto& value : all_matches((*one)[2], "([^|]+)")) {
        if (labels.contains(label) && !labels.at(label).contains(value))
          missing.push_back((*at)[1].str() + " has no " + label + " " + value);
      }
    }
  }
  EXPECT_EQ(missing, Found{});
}

INSTANTIATE_TEST_SUITE_P(Files, ToldSeries,
                         testing::Values("helm/towline/rules/towline.rules.yaml",
                                         "helm/towline/rules/towline.rules.test.yaml",
                                         "helm/towline/dashboards/towline.json"),
                         [](const auto& file) {
                           auto name = std::string(file.param);
                           name = name.substr(name.rfind('/') + 1);
                           return std::regex_replace(name, std::regex("[^a-z]+"), "_");
                         });

TEST(ToldSeries, every_alert_has_a_test_says_what_to_do_and_how_bad_it_is) {
  const auto rules = read("helm/towline/rules/towline.rules.yaml");
  const auto tests = read("helm/towline/rules/towline.rules.test.yaml");
  const auto alerts = all_matches(rules, R"(alert: (\w+))");
  EXPECT_EQ(alerts.size(), 19U);
  for (const auto& alert : alerts)
    EXPECT_NE(tests.find("alertname=\"" + alert + "\""), std::string::npos) << alert;
  for (const auto* part : {"summary: ", "description: ", "severity: "})
    EXPECT_EQ(all_matches(rules, part, 0).size(), alerts.size()) << part;
}

TEST(ToldSeries, the_dashboard_has_an_identity_and_a_source_that_can_be_chosen) {
  const auto dashboard = read("helm/towline/dashboards/towline.json");
  EXPECT_NE(dashboard.find("\"uid\": \"towline\""), std::string::npos);
  const auto sources = all_matches(dashboard, R"re("uid": "(\$\{datasource\})")re");
  EXPECT_GE(sources.size(), all_matches(dashboard, R"re("(expr)": )re").size());
}

TEST(MetricsPage, is_what_a_scrape_shows) {
  const auto page = read("docs/metrics.md");
  const auto table = page.find("| name |");
  ASSERT_NE(table, std::string::npos);
  EXPECT_EQ(page.substr(table), metrics_table())
      << "replace the table with the output of build/asan-ubsan/tests/unit/observe/exposition page";
}

}  // namespace
}  // namespace towline::observe
