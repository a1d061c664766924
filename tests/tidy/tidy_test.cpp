// What a reviewer should not have to say. Each test lists every violation it finds.
#include "tidy/source_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <ranges>
#include <regex>
#include <set>
#include <sstream>
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

// Read once: the scans are slow where sanitizers look on.
const std::vector<SourceFile>& everything() {
  static const auto files = [] {
    auto all = sources(source_root, "src");
    for (const auto* folder : {"tests", "bench"})
      std::ranges::move(sources(source_root, folder), std::back_inserter(all));
    return all;
  }();
  return files;
}

auto files_in(std::string_view folder) {
  return everything() | std::views::filter([folder](const SourceFile& file) { return file.is_in(folder); });
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Who may include whom, beside its own room (docs/architecture.md). `app` and main.cpp may include
// everything.
const std::set<std::string> ground = {"text", "async", "net"};
const std::map<std::string, std::set<std::string>> may_include = {
    {"text", {}},
    {"async", {}},
    {"net", {"async", "text"}},
    {"ssh/wire", {"async", "text"}},
    {"ssh/keys", {"ground", "ssh/wire"}},
    {"ssh/trust", {"ground", "ssh/wire", "ssh/keys"}},
    {"ssh/transport", {"ground", "ssh/wire", "ssh/keys"}},
    {"ssh/connection", {"ground", "ssh/wire"}},
    {"ssh/session", {"ground", "ssh/wire", "ssh/connection", "ssh/transport"}},
    {"ssh/auth", {"ground", "ssh/wire", "ssh/keys", "ssh/transport"}},
    {"ssh/auth/server", {"ground", "ssh/wire", "ssh/keys", "ssh/auth"}},
    {"ssh/client", {"ground", "ssh"}},
    {"ssh/server", {"ground", "ssh"}},
    {"observe", {"text", "async"}},
    {"relay", {"ground", "ssh/wire", "ssh/connection", "ssh/session"}},
    {"endpoint", {"ground", "ssh", "observe"}},
    {"forward", {"ground", "ssh", "observe"}},
    {"expose/names", {"ground", "ssh", "forward"}},
    {"expose",
     {"ground", "ssh", "observe", "relay", "endpoint", "forward", "expose/names", "expose/http", "expose/tls",
      "expose/web"}},
    {"share", {"ground", "ssh", "observe", "relay", "endpoint", "forward"}},
    {"publish", {"ground", "ssh", "observe", "forward"}},
    {"expose/http", {"ground"}},
    {"expose/tls", {"ground", "observe", "endpoint"}},
    {"expose/web", {"ground", "ssh", "expose/http", "expose/tls"}},
    {"supervisor", {"ground", "ssh", "observe", "forward"}},
    {"admin", {"ground", "observe"}},
    {"config", {"text"}},
    {"check",
     {"ground", "ssh", "observe", "forward", "publish", "supervisor", "endpoint", "admin", "config"}},
};

// Plain values without behaviour: what config/ fills, and what observe/ may know of the network.
bool is_option_header(const std::string& header) {
  static const std::regex option(
      "(.*/options|forward/spec|.*policy|net/host_port|net/network|net/dns_name|async/result|ssh/keys/"
      "text_source)\\.hpp");
  return std::regex_match(header, option);
}

bool may(const SourceFile& file, const std::string& header) {
  const auto room = room_of(header);
  const auto rule = may_include.find(file.room());
  const bool ours = may_include.contains(room) || room == "app";
  if (!ours || rule == may_include.end() || room == file.room()) return true;
  const auto& rooms = rule->second;
  if (rooms.contains(room) || rooms.contains(room.substr(0, room.find('/')))) return true;
  if (rooms.contains("ground") && ground.contains(room)) return true;
  return (file.room() == "config" || file.room() == "observe") && is_option_header(header);
}

TEST(Tidy, includes_follow_the_arrows) {
  Violations found;
  for (const auto& file : files_in("src")) {
    for (const auto& header : includes(file)) {
      if (!may(file, header)) found.push_back(file.path + " includes " + header);
    }
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, each_library_stays_in_its_folder) {
  const std::vector<std::pair<std::regex, std::vector<std::string>>> homes = {
      {std::regex("libssh2.*"), {"src/ssh/transport/client", "src/ssh/keys/key_derivation.cpp"}},
      {std::regex("libssh/.*"), {"src/ssh/transport/server"}},
      {std::regex("boost/beast.*"), {"src/admin", "src/endpoint/http_client.cpp", "src/expose/http"}},
      {std::regex("boost/asio/ssl.*"), {"src/endpoint/http_client.cpp"}},
      {std::regex("boost/program_options.*"), {"src/config"}},
      {std::regex("boost/regex.*"), {"src/text"}},
      {std::regex("prometheus/.*"), {"src/observe"}},
      {std::regex("ares.*"), {"src/net"}},
      {std::regex("crypt\\.h"), {"src/ssh/auth/server/password_hash.cpp"}},
      {std::regex("openssl/.*"),
       {"src/ssh/keys", "src/ssh/trust", "src/ssh/transport/client", "src/endpoint/http_client.cpp",
        "src/expose/tls", "src/app", "tests"}},
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

// Of tests/tidy/budgets.txt: "room lines".
std::map<std::string, std::size_t> budgets() {
  std::map<std::string, std::size_t> rooms;
  std::istringstream rows(read(source_root / "tests/tidy/budgets.txt"));
  rows.ignore(1'000, '\n');
  std::string room;
  for (std::size_t lines = 0; rows >> room >> lines;) rooms[room] = lines;
  return rooms;
}
constexpr std::size_t core_lines_max = 5'600;

TEST(Tidy, rooms_keep_to_their_budgets) {
  std::map<std::string, std::size_t> sums;
  for (const auto& file : files_in("src")) sums[file.room()] += line_count(file.text);
  Violations found;
  auto rooms = budgets();
  for (const auto& [room, lines] : sums) {
    if (room.empty()) continue;  // main.cpp, exit_code.hpp
    const auto most = rooms[room];
    if (lines > most)
      found.push_back(room + ": " + std::to_string(lines) + " lines of " + std::to_string(most));
    else if (lines + 600 < most)
      found.push_back(room + ": " + std::to_string(lines) + " lines need no budget of " +
                      std::to_string(most));
  }
  EXPECT_EQ(found, Violations{});
}

TEST(Tidy, the_core_can_be_read_in_an_hour) {
  std::size_t lines = 0;
  Violations missing;
  std::istringstream names(read(source_root / "tests/tidy/core.txt"));
  for (std::string name; std::getline(names, name);) {
    if (name.empty() || name.starts_with('#')) continue;
    const auto before = lines;
    for (const auto& file : files_in("src")) {
      const bool is_file = file.path.substr(0, file.path.size() - 4) == "src/" + name;
      if (is_file || file.is_in("src/" + name)) lines += line_count(file.text);
    }
    if (lines == before) missing.push_back(name);
  }
  EXPECT_EQ(missing, Violations{});
  EXPECT_LE(lines, core_lines_max);
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

// g++ 14 evaluates what the branch that is not taken would be called with: an empty optional is looked into.
TEST(Tidy, no_statement_has_both_an_await_and_a_conditional_operator) {
  Violations found;
  for (const auto& file : everything()) {
    for (const auto line : conditional_awaits(file.code)) found.push_back(at_line(file, line));
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
    std::istringstream lines(file.code);
    for (std::string line; std::getline(lines, line);) {
      if (line.find("class ") == std::string::npos && line.find("struct ") == std::string::npos) continue;
      if (std::smatch type; std::regex_search(line, type, empty_type) && !type[1].matched)
        found.push_back(file.path + ": " + type.str());
    }
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
    for (const auto& file : files_in("tests/unit")) {
      const auto name = file.path.substr(std::string("tests/unit/").size());
      constexpr std::string_view suffix = "_test.cpp";
      if (name.ends_with(suffix)) tested.insert(name.substr(0, name.size() - suffix.size()));
    }
  }
  auto reasons = files_without_unit_test();
  Violations found;
  for (const auto& file : files_in("src")) {
    if (file.is_header()) continue;
    const bool has_test = tested.contains(file.path.substr(4, file.path.size() - 8));
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
  for (const auto& file : files_in("tests/integration")) tests += file.code;
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

TEST(Tidy, every_variable_of_the_table_is_in_the_documentation) {
  static const std::regex name("\"((?:SSH|AUTOSSH|TOWLINE)_[A-Z0-9_]+)\"");
  const auto page = read(source_root / "docs/configuration.md");
  ASSERT_FALSE(page.empty()) << "no docs/configuration.md";
  std::set<std::string> missing;
  std::size_t variables = 0;
  for (const auto& file : files_in("src/config")) {
    if (!file.stem().starts_with("fields")) continue;
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), name), end; it != end; ++it) {
      ++variables;
      if (!has_word(page, (*it)[1].str())) missing.insert((*it)[1].str());
    }
  }
  EXPECT_GT(variables, 10U) << "the table of src/config/fields*.cpp was not found";
  EXPECT_EQ(missing, std::set<std::string>{});
}

}  // namespace

}  // namespace towline::tidy
