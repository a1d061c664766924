#include "config/read.hpp"

#include "config/misplaced.hpp"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <boost/program_options/variables_map.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace towline::config {

namespace {

namespace po = boost::program_options;

constexpr const char* masked = "********";

// The text belongs to the Env: a secret is not copied.
struct Written {
  std::string_view text = {};
  Source source = Source::environment;
};

// The image's version 1 had a path in the variable that holds the content since.
bool is_old_path(std::string_view name, std::string_view text) {
  return name == "SSH_KNOWN_HOSTS" && text.starts_with('/');
}

// The text for a row, from its name or its older name.
std::optional<Written> find_text(const Env& env, const Field& field, Findings& findings) {
  const auto get = [&](std::string_view name) {
    auto text = env.get(name);
    if (text && !is_secret(field)) text = trimmed(*text);
    return text && !text->empty() ? text : std::nullopt;
  };
  auto text = get(field.name);
  auto old = field.alias.empty() ? std::nullopt : get(field.alias);
  if (text && is_old_path(field.name, *text)) text.reset();
  if (old && field.alias == field.file_of && !is_old_path(field.alias, *old)) old.reset();
  if (old) {
    const std::string name(field.name);
    const std::string old_name(field.alias);
    findings.warn(old_name, old_name + " is the old name of " + name + "; use the new one");
    if (text && *text != *old)
      findings.refuse(name, "differs from " + old_name + ", its old name", "remove the old one");
  }
  if (text) return Written{*text, Source::environment};
  if (old) return Written{*old, Source::alias};
  return std::nullopt;
}

std::string shown(const Field& field, std::string_view text) {
  if (is_secret(field)) return masked;
  if (field.holds != Holds::public_keys && field.holds != Holds::words) return std::string(text);
  const auto lines = std::ranges::count(trimmed(text), '\n') + 1;
  return std::to_string(lines) + (lines == 1 ? " line" : " lines");
}

std::string name_written(const Field& field, Source source) {
  return std::string(source == Source::alias ? field.alias : field.name);
}

// The complaint says it all: not a character of the value is repeated.
Problem misplaced(const Field& field, Source source, Complaint complaint) {
  return {ProblemKind::configuration, name_written(field, source), std::move(complaint.wrong),
          std::move(complaint.right)};
}

Problem problem_with(const Field& field, Source source, std::string_view text, Complaint complaint) {
  const bool in_quotes =
      text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
  if (in_quotes) complaint.right += "; the quotation marks are part of the value, leave them out";
  const std::string value = field.holds == Holds::value ? quoted_value(text) : "the value";
  return {ProblemKind::configuration, name_written(field, source), value + ' ' + complaint.wrong,
          std::move(complaint.right)};
}

}  // namespace

std::string_view to_string(Source source) {
  switch (source) {
    case Source::built_in: return "default";
    case Source::environment: return "environment";
    case Source::alias: return "alias";
    case Source::file: return "file";
    case Source::ssh_options: return "SSH_OPTIONS";
  }
  return "";
}

const Setting* Reading::find(std::string_view name) const {
  const auto found = std::ranges::find(settings, name, &Setting::name);
  return found == settings.end() ? nullptr : &*found;
}

bool Reading::is_written(std::string_view name) const {
  const auto* setting = find(name);
  return setting && setting->source != Source::built_in && setting->source != Source::file;
}

void Reading::show(std::string_view name, std::string_view value, Source source) {
  show(name, value);
  const auto found = std::ranges::find(settings, name, &Setting::name);
  if (found != settings.end()) found->source = source;
}

void Reading::show(std::string_view name, std::string_view value) {
  const auto found = std::ranges::find(settings, name, &Setting::name);
  if (found != settings.end()) found->value = value;
}

// Program_options hands what is written to the parser of its row. Secrets go past it: it would keep copies
// that nobody wipes. So do defaults, which are most rows: it would take longer for them than all the rest
// does.
Reading read_fields(const Env& env, std::span<const Field> table, Findings& findings) {
  Reading reading;
  std::vector<Written> written(table.size());
  reading.settings.reserve(table.size());
  po::options_description rows;
  po::parsed_options parsed(&rows);
  const auto apply = [&](std::size_t row, std::string_view text) {
    if (auto complaint = find_misplaced(table[row], text)) {
      return findings.problems.push_back(misplaced(table[row], written[row].source, *std::move(complaint)));
    }
    auto complaint = table[row].apply(text, reading.draft);
    if (complaint) {
      findings.problems.push_back(problem_with(table[row], written[row].source, text, *std::move(complaint)));
    }
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Field& field = table[i];
    Setting setting{std::string(field.name), std::string(field.default_text), Source::built_in};
    const auto found = find_text(env, field, findings);
    if (found) {
      written[i] = *found;
      setting.value = shown(field, found->text);
      setting.source = found->source;
    }
    if (!found) {
      if (!field.default_text.empty()) apply(i, field.default_text);
    } else if (is_secret(field)) {
      apply(i, found->text);
    } else {
      const auto hand_on = [&apply, i](const std::string& text) { apply(i, text); };
      rows.add_options()(setting.name.c_str(), po::value<std::string>()->notifier(hand_on));
      parsed.options.emplace_back(setting.name, std::vector{std::string(found->text)});
    }
    reading.settings.push_back(std::move(setting));
  }

  po::variables_map values;
  po::store(parsed, values);
  po::notify(values);
  return reading;
}

}  // namespace towline::config
