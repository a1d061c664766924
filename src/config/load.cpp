#include "config/load.hpp"

#include "config/checks.hpp"
#include "config/names.hpp"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <boost/program_options/variables_map.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace towline::config {

namespace {

namespace po = boost::program_options;

constexpr const char* masked = "********";

void append(Findings& findings, Findings more) {
  std::ranges::move(more.problems, std::back_inserter(findings.problems));
  std::ranges::move(more.warnings, std::back_inserter(findings.warnings));
}

struct Written {
  std::string text;
  Source source = Source::environment;
};

// The text for a row, from its name or its older name.
std::optional<Written> find_text(const Env& env, const Field& field, Findings& findings) {
  const auto get = [&](std::string_view name) {
    auto text = env.get(name);
    if (text && !field.secret) text = trimmed(*text);
    return text && !text->empty() ? text : std::nullopt;
  };
  const auto text = get(field.name);
  const auto old = field.alias.empty() ? std::nullopt : get(field.alias);
  if (old) {
    const std::string name(field.name);
    findings.warnings.push_back(
        {std::string(field.alias), "is the old name of " + name + "; use the new one"});
    if (text && *text != *old) {
      findings.problems.push_back({ProblemKind::configuration, name,
                                   "differs from " + std::string(field.alias) + ", its old name",
                                   "remove the old one"});
    }
  }
  if (text) return Written{std::string(*text), Source::environment};
  if (old) return Written{std::string(*old), Source::alias};
  return std::nullopt;
}

Problem refused(const Field& field, const std::string& text, Complaint complaint) {
  const bool in_quotes =
      text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
  if (in_quotes) complaint.right += "; the quotation marks are part of the value, leave them out";
  const std::string value = field.secret ? "the value" : config::quoted(text);
  return {ProblemKind::configuration, std::string(field.name), value + ' ' + complaint.wrong,
          std::move(complaint.right)};
}

struct Reading {
  Draft draft;
  std::vector<Setting> settings;
};

// Program_options gives each row its text or its default, and hands it to the row's parser.
Reading read_fields(const Env& env, std::span<const Field> table, Findings& findings) {
  Reading reading;
  po::options_description rows;
  for (const Field& field : table) {
    auto* value = po::value<std::string>()->notifier([&](const std::string& text) {
      auto complaint = field.apply(text, reading.draft);
      if (complaint) findings.problems.push_back(refused(field, text, *std::move(complaint)));
    });
    if (!field.default_text.empty()) value->default_value(std::string(field.default_text));
    rows.add_options()(std::string(field.name).c_str(), value);
  }

  po::parsed_options parsed(&rows);
  for (const Field& field : table) {
    Setting setting{std::string(field.name), std::string(field.default_text), Source::built_in};
    if (auto written = find_text(env, field, findings)) {
      parsed.options.emplace_back(setting.name, std::vector{written->text});
      setting.value = field.secret ? masked : std::move(written->text);
      setting.source = written->source;
    }
    reading.settings.push_back(std::move(setting));
  }

  po::variables_map values;
  po::store(parsed, values);
  po::notify(values);
  return reading;
}

// Program_options goes through the rows by the alphabet; people read the table from the top.
void sort_by_table(std::vector<Problem>& problems, std::span<const Field> table) {
  const auto place = [&](const Problem& problem) {
    const std::string_view name = problem.variable;
    return std::pair(std::ranges::find(table, name, &Field::name) - table.begin(), name);
  };
  std::ranges::sort(problems, [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
}

void show(std::vector<Setting>& settings, std::string_view name, std::string_view value) {
  const auto found = std::ranges::find(settings, name, &Setting::name);
  if (found != settings.end()) found->value = value;
}

void settle_host_key(const InspectFile& inspect, Reading& reading, Findings& findings) {
  auto& [draft, settings] = reading;
  ssh::HostKeyOptions& options = draft.config.ssh.host_key;
  const auto source = std::ranges::find(settings, "SSH_KNOWN_HOSTS_FILE", &Setting::name);
  const bool path_written = source != settings.end() && source->source != Source::built_in;
  const HostKeyWish wish{draft.known_hosts_file, path_written, draft.strict_host_key_checking};
  auto choice = choose_host_key_options(wish, inspect(wish.path));
  options = std::move(choice.options);
  append(findings, std::move(choice.findings));
  for (const auto& [word, value] : strict_host_key_checking_words) {
    if (value == options.strict) show(settings, "SSH_STRICT_HOST_KEY_CHECKING", word);
  }
}

void settle_forward(Draft& draft) {
  draft.main.mode = draft.mode.mode;
  draft.config.forwards = {draft.main};
  draft.config.pool.servers = {draft.config.ssh.server};
}

void warn_of_no_effect(const Draft& draft, Findings& findings) {
  if (!draft.mode.ignored.empty()) {
    findings.warnings.push_back({"SSH_MODE", draft.mode.ignored + " has no effect in towline"});
  }
  if (draft.strict_host_ip_check) {
    findings.warnings.push_back(
        {"SSH_STRICT_HOST_IP_CHECK", "has no effect; it does not disable host key checking"});
  }
}

}  // namespace

std::string_view to_string(Source source) {
  switch (source) {
    case Source::built_in: return "default";
    case Source::environment: return "environment";
    case Source::alias: return "alias";
  }
  return "";
}

Loading load(const Env& env, const InspectFile& inspect, std::span<const Field> table) {
  Findings findings;
  Reading reading = read_fields(env, table, findings);
  const ssh::Options& ssh = reading.draft.config.ssh;
  const std::string& key_file = reading.draft.key_file;
  if (!findings.has_problem_with("SSH_KEY_FILE")) {
    append(findings, check_key_file(key_file, inspect(key_file)));
  }
  const bool host_key_readable = !findings.has_problem_with("SSH_KNOWN_HOSTS_FILE") &&
                                 !findings.has_problem_with("SSH_STRICT_HOST_KEY_CHECKING");
  if (host_key_readable) settle_host_key(inspect, reading, findings);
  append(findings, check_keepalive(ssh.keepalive));
  reading.draft.config.ssh.credentials.keys = {{.file = key_file, .text = {}}};
  settle_forward(reading.draft);
  warn_of_no_effect(reading.draft, findings);
  append(findings, judge_names(env, table, reading.draft.strict_env));

  sort_by_table(findings.problems, table);
  if (!findings.problems.empty()) return findings;
  return Loaded{std::move(reading.draft.config), std::move(reading.settings), std::move(findings.warnings)};
}

boost::system::result<admin::Options, Problem> load_admin_options(const Env& env) {
  const auto row = std::ranges::find(fields(), std::string_view("TOWLINE_ADMIN_LISTEN"), &Field::name);
  Findings findings;
  auto reading = read_fields(env, {row, 1}, findings);
  if (!findings.problems.empty()) return std::move(findings.problems.front());
  return std::move(reading.draft.config.admin);
}

}  // namespace towline::config
