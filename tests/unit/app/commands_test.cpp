#include "app/commands.hpp"

#include "app/build.hpp"
#include "app/help.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace towline::app {
namespace {

using testing::HasSubstr;

struct Said {
  ExitCode code;
  std::string out;
  std::string err;
};

Said run(const std::vector<std::string_view>& arguments, config::Env::Values values = {}) {
  const config::Env env(std::move(values));
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto code = run_command(arguments, env);
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

const config::Env::Values broken = {{"SSH_TUNNEL_PORT", "http"}, {"TOWLINE_LOG_LEVEL", "loud"}};

TEST(Commands, what_is_not_known_is_a_usage_error_and_is_named) {
  const std::pair<std::vector<std::string_view>, const char*> rows[] = {{{"upp"}, "\"upp\""},
                                                                        {{"up", "-v"}, "\"-v\""},
                                                                        {{"healthcheck", "x"}, "\"x\""},
                                                                        {{"version", "x"}, "\"x\""},
                                                                        {{"config", "--yaml"}, "\"--yaml\""},
                                                                        {{"config", "--json", "x"}, "\"x\""},
                                                                        {{""}, "\"\""},
                                                                        {{"--config=x"}, "\"--config=x\""}};
  for (const auto& [arguments, word] : rows) {
    const auto said = run(arguments, broken);
    EXPECT_EQ(said.code, ExitCode::usage) << word;
    EXPECT_THAT(said.err, HasSubstr(word));
    EXPECT_THAT(said.err, HasSubstr("towline help"));
    EXPECT_EQ(said.out, "");
  }
}

TEST(Commands, version_needs_no_configuration) {
  for (const auto* word : {"version", "--version"}) {
    const auto said = run({word}, broken);
    EXPECT_EQ(said.code, ExitCode::ok);
    EXPECT_EQ(said.out, version_text());
  }
}

TEST(Commands, help_needs_no_configuration) {
  for (const auto* word : {"help", "--help", "-h"}) {
    const auto said = run({word}, broken);
    EXPECT_EQ(said.code, ExitCode::ok);
    EXPECT_EQ(said.out, help_screen());
  }
  EXPECT_EQ(run({"help", "--all"}, broken).out, help_all());
  EXPECT_EQ(run({"help", "--man"}, broken).out, man_page(version()));
  EXPECT_EQ(run({"help", "--all", "x"}).code, ExitCode::usage);
}

TEST(Commands, that_help_names_are_known) {
  for (const auto name : documented_commands()) {
    const auto said = run({name, "--no-such-argument"}, broken);
    EXPECT_EQ(said.code, ExitCode::usage) << name;
    EXPECT_THAT(said.err, testing::Not(HasSubstr("there is no command"))) << name;
  }
}

TEST(Commands, a_broken_configuration_is_told_whole_and_ends_with_78) {
  for (const std::vector<std::string_view>& arguments :
       {std::vector<std::string_view>{}, {"up"}, {"config"}}) {
    const auto said = run(arguments, broken);
    EXPECT_EQ(said.code, ExitCode::config);
    EXPECT_THAT(said.err, HasSubstr("SSH_TUNNEL_PORT"));
    EXPECT_THAT(said.err, HasSubstr("TOWLINE_LOG_LEVEL"));
  }
}

TEST(Commands, a_missing_file_ends_with_66) {
  const auto said = run({"config"}, {{"SSH_KEY_FILE", "/tmp/no-such-key"}});
  EXPECT_EQ(said.code, ExitCode::no_input);
  EXPECT_THAT(said.err, HasSubstr("/tmp/no-such-key"));
}

TEST(Commands, config_shows_the_rest_of_a_broken_configuration) {
  const auto said = run({"config"}, {{"SSH_TUNNEL_PORT", "http"}, {"SSH_REMOTE_HOST", "bastion"}});
  EXPECT_EQ(said.code, ExitCode::config);
  EXPECT_THAT(said.out, HasSubstr("! SSH_TUNNEL_PORT"));
  EXPECT_THAT(said.out, HasSubstr("bastion"));
  EXPECT_THAT(run({"config", "--json"}, broken).out,
              HasSubstr("{\"variable\":\"SSH_TUNNEL_PORT\",\"wrong\":"));
}

TEST(Commands, errors_come_before_warnings) {
  const auto said = run({"config"}, {{"SSH_TUNNEL_PORT", "http"}, {"SSH_HOSTNAME", "h"}});
  EXPECT_LT(said.err.find("\"http\" is not a port"), said.err.find("warning: SSH_HOSTNAME is the old name"));
}

TEST(Commands, help_knows_one_variable_by_each_of_its_names) {
  for (const auto* name : {"SSH_TUNNEL_PORT", "SSH_TUNNEL_REMOTE"}) {
    const auto said = run({"help", name});
    EXPECT_EQ(said.code, ExitCode::ok);
    EXPECT_TRUE(said.out.starts_with("SSH_TUNNEL_PORT\n  Port to listen on."));
  }
  EXPECT_EQ(run({"help", "SSH_NO_SUCH"}).code, ExitCode::usage);
}

TEST(Commands, version_is_there_for_programs_too) {
  EXPECT_EQ(run({"version", "--json"}).out, version_json());
  EXPECT_EQ(run({"version", "--json", "x"}).code, ExitCode::usage);
  EXPECT_EQ(run({"version", "--licenses"}).out, licenses_text());
  EXPECT_EQ(run({"version", "--license"}).code, ExitCode::usage);
}

// What arguments and variables hold of a key comes back from no command.
TEST(Commands, no_command_repeats_a_key) {
  const std::string line = "q5Wm0Zt1u8yVJc2LrXk4NfTgB7hDsQeP9oA3iEwK6MjYnRvCxU0zGb5HlSdF2Oa8";
  const std::string forms[] = {
      "-----BEGIN OPENSSH PRIVATE KEY-----\n" + line + "\n-----END OPENSSH PRIVATE KEY-----\n",
      line,
      "--" + line,
      "/" + line,
      "--timeout=" + line,
      "me:" + line + "@host"};
  const std::vector<std::string_view> commands[] = {{},
                                                    {"up"},
                                                    {"check"},
                                                    {"check", "--json"},
                                                    {"config"},
                                                    {"config", "--json"},
                                                    {"config", "--markdown"},
                                                    {"help"},
                                                    {"version"},
                                                    {"wait"},
                                                    {"wait", "--timeout"},
                                                    {"run", "--"},
                                                    {"run", "--timeout"},
                                                    {"healthcheck"}};
  // Nothing is connected to, asked or waited for.
  const auto refused_with = [](const std::string& name, const std::string& form) {
    config::Env::Values values = {{"SSH_TUNNEL_PORT", "refused"}, {"TOWLINE_ADMIN_LISTEN", "refused"}};
    values[name] = form;
    return values;
  };
  std::size_t combinations = 0;
  const auto expect_no_leak = [&](const Said& said, std::string_view where) {
    ++combinations;
    for (std::size_t at = 0; at + 12 <= line.size(); ++at) {
      const auto piece = line.substr(at, 12);
      EXPECT_EQ((said.out + said.err).find(piece), std::string::npos) << where << '\n'
                                                                      << said.out << said.err;
    }
  };
  for (const auto& form : forms) {
    for (auto arguments : commands) {
      const std::string where = arguments.empty() ? "" : std::string(arguments.front());
      for (const auto* name : {"SSH_KEY_FILE", "SSH_REMOTE_USER", "TOWLINE_ADMIN_LISTEN"})
        expect_no_leak(run(arguments, refused_with(name, form)), where + ' ' + name);
      arguments.push_back(form);
      expect_no_leak(run(arguments, refused_with("SSH_TUNNEL_PORT", "refused")),
                     where + " with it as an argument");
    }
  }
  RecordProperty("combinations", static_cast<int>(combinations));
  EXPECT_GT(combinations, 300u);
}

TEST(Commands, the_table_of_variables_needs_no_configuration) {
  const auto said = run({"config", "--markdown"}, broken);
  EXPECT_EQ(said.code, ExitCode::ok);
  EXPECT_THAT(said.out, HasSubstr("| `SSH_REMOTE_HOST`"));
}

TEST(Commands, healthcheck_ends_with_0_or_1_only) {
  EXPECT_EQ(run({"healthcheck"}, {{"TOWLINE_ADMIN_LISTEN", "nonsense"}}).code, ExitCode::not_ready);
  const auto off = run({"healthcheck"}, {{"TOWLINE_ADMIN_LISTEN", "off"}});
  EXPECT_EQ(off.code, ExitCode::not_ready);
  EXPECT_THAT(off.err, HasSubstr("TOWLINE_ADMIN_LISTEN is off"));
}

TEST(Commands, problems_of_the_configuration_are_told_in_the_format_of_the_log) {
  for (const auto* command : {"up", "config", "wait", "healthcheck"}) {
    const std::pair<const char*, const char*> rows[] = {
        {"json", R"({"time":")"},
        {"gcp", R"({"severity":"ERROR","message":"TOWLINE_ADMIN)"},
        {"logfmt", "time="},
        {"github", "::error title=config.error::TOWLINE_ADMIN"},
        {"text", "towline: TOWLINE_ADMIN"},
        {"xml", "towline: TOWLINE_ADMIN"}};
    for (const auto& [format, beginning] : rows) {
      const auto said = run({command}, {{"TOWLINE_LOG_FORMAT", format},
                                        {"TOWLINE_ADMIN_LISTEN", "nowhere"},
                                        {"SSH_REMOTE_HOST", "h"},
                                        {"SSH_PASSWORD", "p"},
                                        {"SSH_STRICT_HOST_KEY_CHECKING", "no"}});
      EXPECT_NE(said.code, ExitCode::ok);
      std::istringstream lines(said.err);
      bool there = false;
      for (std::string line; std::getline(lines, line);) {
        there |= line.starts_with(beginning);
        if (*beginning == '{') EXPECT_TRUE(line.starts_with('{')) << line;
      }
      EXPECT_TRUE(there) << command << ' ' << format << '\n' << said.err;
    }
  }
}

}  // namespace
}  // namespace towline::app
