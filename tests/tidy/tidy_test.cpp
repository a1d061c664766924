// What a reviewer should not have to say. Each test lists every violation it finds.
#include "tidy/source_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

namespace towline::tidy {

namespace {

constexpr std::size_t file_lines_max = 400;
constexpr std::size_t function_lines_max = 70;

using Violations = std::vector<std::string>;

const std::filesystem::path source_root = TOWLINE_SOURCE_DIR;

std::string at_line(const SourceFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line);
}

std::vector<SourceFile> everything() {
  auto files = sources(source_root, "src");
  for (const auto* folder : {"tests", "bench"}) {
    if (!std::filesystem::exists(source_root / folder)) continue;
    std::ranges::move(sources(source_root, folder), std::back_inserter(files));
  }
  return files;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Who may include whom, beside its own folder (docs/architecture.md). `app` and main.cpp may include
// everything.
const std::map<std::string, std::set<std::string>> may_include = {
    {"text", {}},
    {"async", {}},
    {"net", {"async"}},
    {"ssh", {"net", "async", "text"}},
    {"observe", {"text"}},
    {"forward", {"ssh", "net", "async", "observe"}},
    {"supervisor", {"forward", "ssh", "net", "async", "observe"}},
    {"admin", {"observe", "net", "async", "text"}},
    {"config", {}},
};

// Plain values without behaviour: what config/ fills, and what observe/ may know of the network.
bool is_option_header(const std::string& header) {
  static const std::regex option(
      "(.*/options|forward/spec|.*policy|net/host_port|async/result|ssh/secret|ssh/text_source)\\.hpp");
  return std::regex_match(header, option);
}

bool may(const SourceFile& file, const std::string& header) {
  const auto slash = header.find('/');
  const auto folder = header.substr(0, slash);
  if (slash == std::string::npos || (!may_include.contains(folder) && folder != "app")) return true;
  const auto rule = may_include.find(file.folder());
  if (rule == may_include.end() || folder == file.folder() || rule->second.contains(folder)) return true;
  return (file.folder() == "config" || file.folder() == "observe") && is_option_header(header);
}

TEST(Tidy, includes_follow_the_arrows) {
  Violations found;
  for (const auto& file : sources(source_root, "src")) {
    for (const auto& header : includes(file)) {
      if (!may(file, header)) found.push_back(file.path + " includes " + header);
    }
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, each_library_stays_in_its_folder) {
  const std::vector<std::pair<std::regex, std::vector<std::string>>> homes = {
      {std::regex("libssh2.*"), {"src/ssh/transport"}},
      {std::regex("boost/beast.*"), {"src/admin"}},
      {std::regex("boost/program_options.*"), {"src/config"}},
      {std::regex("prometheus/.*"), {"src/observe"}},
      {std::regex("ares.*"), {"src/net"}},
      {std::regex("openssl/.*"), {"src/ssh", "src/app", "tests"}},
  };
  Violations found;
  for (const auto& file : everything()) {
    for (const auto& header : includes(file)) {
      for (const auto& [library, folders] : homes) {
        const auto inside = [&](const std::string& folder) { return file.is_in(folder); };
        const bool unit_test = file.is_in("tests/unit") || file.path == "src/main.cpp";
        if (std::regex_match(header, library) && !unit_test && std::ranges::none_of(folders, inside))
          found.push_back(file.path + " includes " + header);
      }
    }
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, only_config_looks_at_the_environment) {
  Violations found;
  for (const auto& file : everything()) {
    for (const auto* word : {"getenv", "secure_getenv", "environ", "setenv", "putenv"}) {
      // LOCALDOMAIN and RES_OPTIONS are the C library's own and belong to the file that they override.
      const bool allowed = file.is_in("src/config") || file.is_in("tests/unit/config") ||
                           file.path == "src/net/resolv_conf.cpp" ||
                           file.path == "tests/integration/fixtures/product.cpp";
      if (has_word(file.code, word) && !allowed) found.push_back(file.path + ": " + word);
    }
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, files_have_400_lines_at_most) {
  Violations found;
  for (const auto& file : everything()) {
    const auto lines = line_count(file.text);
    if (lines > file_lines_max) found.push_back(file.path + ": " + std::to_string(lines));
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, functions_have_70_lines_at_most) {
  Violations found;
  for (const auto& file : everything()) {
    for (const auto& function : functions(file.code)) {
      if (function.lines > function_lines_max)
        found.push_back(at_line(file, function.line) + ": " + std::to_string(function.lines));
    }
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, every_coroutine_has_an_owner) {
  const std::set<std::string> may_spawn = {"src/async/task_group.cpp", "src/admin/server.cpp"};
  Violations found;
  for (const auto& file : everything()) {
    if (has_word(file.code, "detached")) found.push_back(file.path + ": detached");
    const bool product = file.is_in("src") && !file.is_in("src/app");
    if (product && has_word(file.code, "co_spawn") && !may_spawn.contains(file.path))
      found.push_back(file.path + ": co_spawn");
    for (const auto line : capturing_coroutine_lambdas(file.code))
      found.push_back(at_line(file, line) + ": a coroutine lambda with captures");
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, names_say_something) {
  static const std::regex empty_word(
      "(^|[_/.])(utils?|common|misc|shared|helpers?|core|base|managers?|handlers?|services?|context)(?=[_/"
      ".]|$)");
  static const std::regex empty_type(
      "(enum\\s+)?\\b(class|struct)\\s+\\w*(Manager|Handler|Helper|Service|Context|Core|Utils?)\\b");
  Violations found;
  for (const auto& file : everything()) {
    if (std::regex_search(file.path, empty_word)) found.push_back(file.path);
    if (std::smatch type; std::regex_search(file.code, type, empty_type) && !type[1].matched)
      found.push_back(file.path + ": " + type.str());
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, headers_are_included_once_and_open_no_namespace) {
  Violations found;
  for (const auto& file : everything()) {
    if (!file.is_header()) continue;
    if (file.code.find("#pragma once") == std::string::npos) found.push_back(file.path + ": no #pragma once");
    // Unindented: in the namespace, not inside a function.
    if (file.code.find("\nusing namespace") != std::string::npos)
      found.push_back(file.path + ": using namespace");
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, no_test_sleeps_and_no_thread_of_ours_does) {
  Violations found;
  for (const auto& file : everything()) {
    for (const auto* word : {"sleep", "usleep", "nanosleep", "sleep_for", "this_thread"}) {
      if (has_word(file.code, word)) found.push_back(file.path + ": " + word);
    }
    if (!file.is_in("src") && has_word(file.code, "sleep_until"))
      found.push_back(file.path + ": sleep_until");
  }
  EXPECT_EQ(found, Violations{});
}

// "src/x/y.cpp: reason" per line; # begins a comment.
std::map<std::string, std::string> files_without_unit_test() {
  std::map<std::string, std::string> reasons;
  std::istringstream lines(read(source_root / "tests/tidy/no_unit_test.txt"));
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (line.empty() || line.starts_with('#')) continue;
    reasons[line.substr(0, colon)] = colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return reasons;
}

TEST(Tidy, every_source_file_has_a_unit_test_or_a_reason) {
  std::set<std::string> tested;  // "net/listen"
  if (std::filesystem::exists(source_root / "tests/unit")) {
    for (const auto& file : sources(source_root, "tests/unit")) {
      const auto rest = file.path.substr(std::string("tests/unit/").size());
      const auto name = file.stem();
      if (name.ends_with("_test"))
        tested.insert(rest.substr(0, rest.find('/')) + "/" + name.substr(0, name.size() - 5));
    }
  }
  auto reasons = files_without_unit_test();
  Violations found;
  for (const auto& file : sources(source_root, "src")) {
    if (file.is_header()) continue;
    const bool has_test = tested.contains(file.folder() + "/" + file.stem());
    const auto reason = reasons.find(file.path);
    if (reason == reasons.end()) {
      if (!has_test) found.push_back(file.path + " has neither a unit test nor a reason");
      continue;
    }
    if (has_test) found.push_back(file.path + " has a unit test and a reason to have none");
    if (reason->second.empty()) found.push_back(file.path + " has an empty reason");
    reasons.erase(reason);
  }
  for (const auto& [path, reason] : reasons) found.push_back(path + " is excused but does not exist");
  EXPECT_EQ(found, Violations{});
}

// "reason | sentence" of every row of the page's tables of failures, each table after its heading.
std::vector<std::string> documented_failures() {
  static const std::regex row("\\| `([a-z_]+)` \\|(?: (.*) \\|)? .* \\|");
  std::vector<std::string> rows;
  std::string heading;
  std::istringstream lines(read(source_root / "docs/troubleshooting.md"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch cells;
    if (line.starts_with("## ")) heading = line;
    if (!std::regex_match(line, cells, row)) continue;
    if (!heading.empty()) rows.push_back(std::exchange(heading, {}));
    rows.push_back(cells[1].str() + (cells[2].matched ? " | " + cells[2].str() : ""));
  }
  return rows;
}

TEST(Tidy, every_documented_failure_is_caused_by_a_test_or_has_a_reason) {
  std::string tests;
  for (const auto& file : sources(source_root, "tests/integration")) tests += file.code;
  std::vector<std::string> listed;
  Violations found;
  std::istringstream lines(read(source_root / "tests/tidy/caused_failures.txt"));
  for (std::string line; std::getline(lines, line);) {
    const bool heading = line.starts_with("## ");
    if (line.empty() || (line.starts_with('#') && !heading)) continue;
    const auto arrow = line.find(" => ");
    listed.push_back(line.substr(0, arrow));
    if (heading) continue;
    const auto by = arrow == std::string::npos ? "" : line.substr(arrow + 4);
    if (by.starts_with("- ")) continue;
    const auto dot = by.find('.');
    const auto test = by.substr(0, dot) + ", " + (dot == std::string::npos ? "" : by.substr(dot + 1)) + ")";
    if (tests.find("TEST_F(" + test) == std::string::npos &&
        tests.find("TEST_P(" + test) == std::string::npos)
      found.push_back(line + ": no such test");
  }
  EXPECT_EQ(found, Violations{});
  EXPECT_GT(listed.size(), 50U);
  EXPECT_EQ(listed, documented_failures()) << "caused_failures.txt has the page's rows, in their order";
}

TEST(Tidy, every_variable_of_the_table_is_in_the_readme) {
  static const std::regex name("\"((?:SSH|AUTOSSH|TOWLINE)_[A-Z0-9_]+)\"");
  const auto readme = read(source_root / "README.md");
  ASSERT_FALSE(readme.empty()) << "no README.md";
  std::set<std::string> missing;
  std::size_t variables = 0;
  for (const auto& file : sources(source_root, "src/config")) {
    if (!file.stem().starts_with("fields")) continue;
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), name), end; it != end; ++it) {
      ++variables;
      if (!has_word(readme, (*it)[1].str())) missing.insert((*it)[1].str());
    }
  }
  EXPECT_GT(variables, 10U) << "the table of src/config/fields*.cpp was not found";
  EXPECT_EQ(missing, std::set<std::string>{});
}

// TSan leaves out the unit tests without THREADS, as this one (tests/CMakeLists.txt).
TEST(TidyDeathTest, a_test_program_that_tsan_leaves_out_cannot_start_a_thread) {
  EXPECT_DEATH({ std::thread([] {}).join(); }, "give its towline_test.. THREADS");
}

}  // namespace

}  // namespace towline::tidy
