#include "config/load.hpp"

#include "config/apply_ssh_options.hpp"
#include "config/loopback_only.hpp"
#include "config/names.hpp"
#include "config/settle.hpp"
#include "config/ssh_options.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace towline::config {

namespace {

// "github" writes to files that another variable names, which only a step of GitHub Actions has.
void check_port_file(const Env& env, const Draft& draft, Findings& findings) {
  if (draft.config.app.port_file != "github" || env.get("GITHUB_OUTPUT") || env.get("GITHUB_ENV")) return;
  findings.warnings.push_back(
      {"TOWLINE_PORT_FILE",
       "is github, but neither GITHUB_OUTPUT nor GITHUB_ENV is set: nothing is written"});
}

// Program_options goes through the rows by the alphabet; people read the table from the top. Problems of one
// row keep their order.
std::vector<Problem> sorted_by_table(std::vector<Problem> problems, std::span<const Field> table) {
  std::vector<Problem> sorted;
  const auto take = [&](const auto& belongs) {
    for (auto& problem : problems) {
      if (!problem.variable.empty() && belongs(problem)) sorted.push_back(std::exchange(problem, {}));
    }
  };
  for (const Field& field : table) {
    take([&](const Problem& problem) {
      return problem.variable == field.name || problem.variable == field.alias;
    });
  }
  take([](const Problem&) { return true; });
  return sorted;
}

// In an image without a variable of ours; the socket of an agent is often there of itself.
bool nothing_is_configured(const Reading& reading, const InspectFile& inspect) {
  const auto says_something = [&](const Setting& setting) {
    return setting.name.starts_with("SSH_") && setting.name != "SSH_AUTH_SOCK" &&
           reading.is_written(setting.name);
  };
  return std::ranges::none_of(reading.settings, says_something) &&
         inspect(Draft().key_file).kind == FileKind::absent;
}

Problem nothing_configured() {
  return {ProblemKind::configuration, "", "nothing is configured",
          "set at least SSH_REMOTE_HOST and a key (SSH_KEY_FILE or SSH_KEY); `towline help` lists every "
          "variable"};
}

// What a problem is about is not shown: it may be a secret in the wrong place, and the problem says enough.
void refuse(std::vector<Setting>& settings, std::span<const Field> table, const Findings& findings) {
  for (std::size_t row = 0; row < table.size(); ++row) {
    auto& setting = settings[row];
    setting.refused = findings.has_problem_with(setting.name) ||
                      (setting.source == Source::alias && findings.has_problem_with(table[row].alias));
    if (setting.refused) setting.value.clear();
  }
}

}  // namespace

Loading load(const Env& env, const InspectFile& inspect, std::span<const Field> table) {
  Findings findings;
  Reading reading = read_fields(env, table, findings);
  if (const auto& text = reading.draft.ssh_options; !text.empty())
    apply_ssh_options(parse_ssh_options(text), reading, inspect, findings);
  settle(reading, table, inspect, findings);
  check_port_file(env, reading.draft, findings);
  auto names = judge_names(env, table, reading.draft.strict_env);
  std::ranges::move(names.problems, std::back_inserter(findings.problems));
  std::ranges::move(names.warnings, std::back_inserter(findings.warnings));

  findings.problems = sorted_by_table(std::move(findings.problems), table);
  if (nothing_is_configured(reading, inspect)) {
    std::erase_if(findings.problems,
                  [](const Problem& problem) { return problem.kind == ProblemKind::missing_file; });
    findings.problems.insert(findings.problems.begin(), nothing_configured());
  }
  if (!findings.problems.empty()) {
    refuse(reading.settings, table, findings);
    return Rejection{std::move(findings), std::move(reading.settings)};
  }
  auto hidden = loopback_only(reading.draft);
  return Loaded{std::move(reading.draft.config), std::move(reading.settings), std::move(findings.warnings),
                std::move(hidden)};
}

observe::Options load_log_options(const Env& env) {
  std::vector<Field> rows;
  std::ranges::copy_if(fields(), std::back_inserter(rows), [](const Field& field) {
    return field.name == "TOWLINE_LOG_LEVEL" || field.name == "TOWLINE_LOG_FORMAT";
  });
  Findings ignored;
  return read_fields(env, rows, ignored).draft.config.log;
}

boost::system::result<admin::Options, Problem> load_admin_options(const Env& env) {
  const auto row = std::ranges::find(fields(), std::string_view("TOWLINE_ADMIN_LISTEN"), &Field::name);
  Findings findings;
  auto reading = read_fields(env, {row, 1}, findings);
  if (!findings.problems.empty()) return std::move(findings.problems.front());
  return std::move(reading.draft.config.admin);
}

}  // namespace towline::config
