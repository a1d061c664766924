#include "app/findings_log.hpp"

#include "config/env.hpp"
#include "config/load.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::app {
namespace {

using config::ProblemKind;
using observe::Level;
using observe::LogFormat;

const config::Findings found{
    {{ProblemKind::configuration, "SSH_MODE", "\"-X\" is no direction", "write -L"},
     {ProblemKind::missing_file, "SSH_KEY_FILE", "\"/k\" does not exist", "mount it"}},
    {{"SSH_HOSTNAME", "is the old name of SSH_REMOTE_HOST"}}};

// Without the time.
std::string reported(observe::Options options) {
  std::string all;
  report_findings(found, options, [&](std::string_view line) {
    std::string text(line);
    for (auto at = text.find("20"); at != text.npos; at = text.find("20", at)) {
      const auto end = text.find('Z', at);
      text.erase(at, end == text.npos ? end : end - at + 1);
    }
    all += text;
  });
  return all;
}

TEST(FindingsLog, speaks_the_format_of_the_log) {
  const std::pair<LogFormat, std::string> rows[] = {
      {LogFormat::text,
       "towline: SSH_MODE: \"-X\" is no direction; write -L\n"
       "towline: SSH_KEY_FILE: \"/k\" does not exist; mount it\n"
       "towline: warning: SSH_HOSTNAME is the old name of SSH_REMOTE_HOST\n"},
      {LogFormat::json,
       R"({"time":"","level":"error","event":"config.error","msg":"SSH_MODE: \"-X\" is no direction","logger":"config","variable":"SSH_MODE","hint":"write -L"})"
       "\n"
       R"({"time":"","level":"error","event":"config.error","msg":"SSH_KEY_FILE: \"/k\" does not exist","logger":"config","variable":"SSH_KEY_FILE","hint":"mount it"})"
       "\n"
       R"({"time":"","level":"warn","event":"config.warning","msg":"SSH_HOSTNAME is the old name of SSH_REMOTE_HOST","logger":"config","variable":"SSH_HOSTNAME"})"
       "\n"},
      {LogFormat::gcp,
       R"({"severity":"ERROR","message":"SSH_MODE: \"-X\" is no direction","time":"","event":"config.error","logger":"config","variable":"SSH_MODE","hint":"write -L"})"
       "\n"
       R"({"severity":"ERROR","message":"SSH_KEY_FILE: \"/k\" does not exist","time":"","event":"config.error","logger":"config","variable":"SSH_KEY_FILE","hint":"mount it"})"
       "\n"
       R"({"severity":"WARNING","message":"SSH_HOSTNAME is the old name of SSH_REMOTE_HOST","time":"","event":"config.warning","logger":"config","variable":"SSH_HOSTNAME"})"
       "\n"},
      {LogFormat::logfmt,
       "time= level=error event=config.error msg=\"SSH_MODE: \\\"-X\\\" is no direction\" logger=config "
       "variable=SSH_MODE hint=\"write -L\"\n"
       "time= level=error event=config.error msg=\"SSH_KEY_FILE: \\\"/k\\\" does not exist\" logger=config "
       "variable=SSH_KEY_FILE hint=\"mount it\"\n"
       "time= level=warn event=config.warning msg=\"SSH_HOSTNAME is the old name of SSH_REMOTE_HOST\" "
       "logger=config variable=SSH_HOSTNAME\n"},
      {LogFormat::github,
       "::error title=config.error::SSH_MODE: \"-X\" is no direction variable=SSH_MODE hint=\"write -L\"\n"
       "::error title=config.error::SSH_KEY_FILE: \"/k\" does not exist variable=SSH_KEY_FILE hint=\"mount "
       "it\"\n"
       "::warning title=config.warning::SSH_HOSTNAME is the old name of SSH_REMOTE_HOST "
       "variable=SSH_HOSTNAME\n"}};
  for (const auto& [format, text] : rows) EXPECT_EQ(reported({Level::info, format}), text);
}

TEST(FindingsLog, warnings_are_there_at_level_error_too_since_they_often_explain_it) {
  EXPECT_EQ(reported({Level::error, LogFormat::json}), reported({Level::info, LogFormat::json}));
}

}  // namespace
}  // namespace towline::app
