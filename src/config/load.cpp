#include "config/load.hpp"

#include "config/combinations.hpp"
#include "config/names.hpp"
#include "config/path_text.hpp"
#include "config/publish.hpp"
#include "config/settle.hpp"
#include "config/ssh_options.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace towline::config {

namespace {

// Files that we are to write. Nothing needs the pid file, so it costs a warning.
void check_our_files(app::Options& files, const InspectFile& inspect, Findings& findings) {
  const auto named = [&](const std::string& path) {
    return quoted_value(showable_path(path, inspect)) + ' ';
  };
  const bool github = files.port_file == "github";
  if (const auto wrong = in_the_way_of_our_file(inspect(files.port_file)); !github && !wrong.empty())
    findings.refuse("TOWLINE_PORT_FILE", named(files.port_file) + wrong,
                    "name a file that is not there yet: it is made, replaced and removed");
  if (const auto wrong = in_the_way_of_our_file(inspect(files.url_file));
      files.url_file != "github" && !wrong.empty())
    findings.refuse("TOWLINE_URL_FILE", named(files.url_file) + wrong,
                    "name a file that is not there yet: it is made, replaced and removed");
  if (const auto wrong = in_the_way_of_our_file(inspect(files.pid_file)); !wrong.empty()) {
    findings.warn("AUTOSSH_PIDFILE", named(files.pid_file) + wrong + ": no file is written");
    files.pid_file.clear();
  }
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
  return {
      ProblemKind::configuration, "", "nothing is configured",
      "set at least SSH_REMOTE_HOST and a key (SSH_KEY_FILE or SSH_KEY); `towline help --all` lists every "
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
  take_published_hosts(reading, findings);
  if (!reading.draft.ssh_options.empty()) apply_ssh_options(reading, inspect, findings);
  check_written(reading, table, findings);
  settle(reading, table, inspect, findings);
  check_combinations(env, reading, inspect, findings);
  check_our_files(reading.draft.config.app, inspect, findings);
  judge_names(env, table, reading.draft.strict_env, findings);

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
