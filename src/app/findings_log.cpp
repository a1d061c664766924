#include "app/findings_log.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

namespace towline::app {

void log_findings(const observe::Log& log, const config::Findings& findings) {
  for (const auto& problem : findings.problems)
    log.error("config.error", config::wrong_text(problem),
              {{"variable", problem.variable}, {"hint", problem.right}});
  for (const auto& warning : findings.warnings)
    log.warn("config.warning", config::to_string(warning), {{"variable", warning.variable}});
}

void report_findings(const config::Findings& findings, observe::Options options, observe::Log::Sink sink) {
  if (!sink) sink = [](std::string_view line) { std::cerr << line; };
  if (options.log_format == observe::LogFormat::text) {
    for (const auto& problem : findings.problems) sink("towline: " + config::to_string(problem) + '\n');
    for (const auto& warning : findings.warnings)
      sink("towline: warning: " + config::to_string(warning) + '\n');
    return;
  }
  options.log_level = std::max(options.log_level, observe::Level::warn);  // warnings often explain an error
  log_findings(observe::Log(options, std::move(sink)), findings);
}

}  // namespace towline::app
