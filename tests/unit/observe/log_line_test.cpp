#include "observe/log_line.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace towline::observe {
namespace {

std::string line(LogFormat format, Level level, std::string_view message, const std::vector<Field>& fields) {
  const std::string rendered = render_fields(format, fields);
  return render(format, {.time = sample_now().wall,
                         .level = level,
                         .event = "ssh.connected",
                         .message = message,
                         .rendered_fields = rendered});
}

const std::vector<Field> typed_fields() {
  return {{"server", "h:22"}, {"key", "quoted value"}, {"attempt", 3},
          {"ok", true},       {"duration_s", 1250ms},  {"bytes", std::uint64_t{18'446'744'073'709'551'615U}}};
}

TEST(LogLine, text_is_for_people) {
  EXPECT_EQ(
      line(LogFormat::text, Level::info, "connected", typed_fields()),
      "2026-01-02T03:04:05.678Z INFO  ssh.connected connected server=h:22 key=\"quoted value\" attempt=3 "
      "ok=true duration_s=1.25 bytes=18446744073709551615\n");
  EXPECT_EQ(line(LogFormat::text, Level::error, "", {}), "2026-01-02T03:04:05.678Z ERROR ssh.connected\n");
}

TEST(LogLine, json_keeps_types) {
  EXPECT_EQ(line(LogFormat::json, Level::warn, "connected", typed_fields()),
            R"({"time":"2026-01-02T03:04:05.678Z","level":"warn","event":"ssh.connected","msg":"connected",)"
            R"("logger":"ssh","server":"h:22","key":"quoted value","attempt":3,"ok":true,"duration_s":1.25,)"
            R"("bytes":18446744073709551615})"
            "\n");
}

TEST(LogLine, gcp_has_severity_message_and_time_as_cloud_logging_reads_them) {
  EXPECT_EQ(
      line(LogFormat::gcp, Level::warn, "it is \"up\"", typed_fields()),
      R"({"severity":"WARNING","message":"it is \"up\"","time":"2026-01-02T03:04:05.678Z","event":"ssh.connected",)"
      R"("logger":"ssh","server":"h:22","key":"quoted value","attempt":3,"ok":true,"duration_s":1.25,)"
      R"("bytes":18446744073709551615})"
      "\n");
  const std::pair<Level, std::string> severities[] = {{Level::error, "ERROR"},
                                                      {Level::warn, "WARNING"},
                                                      {Level::info, "INFO"},
                                                      {Level::debug, "DEBUG"},
                                                      {Level::trace, "DEBUG"}};
  for (const auto& [level, severity] : severities) {
    EXPECT_TRUE(line(LogFormat::gcp, level, "x", {}).starts_with(R"({"severity":")" + severity + "\","))
        << severity;
  }
}

TEST(LogLine, logfmt_names_everything) {
  EXPECT_EQ(line(LogFormat::logfmt, Level::debug, "it is up", {{"server", "h:22"}}),
            "time=2026-01-02T03:04:05.678Z level=debug event=ssh.connected msg=\"it is up\" logger=ssh "
            "server=h:22\n");
}

TEST(LogLine, github_gets_workflow_commands_for_errors_and_warnings) {
  EXPECT_EQ(line(LogFormat::github, Level::error, "100% lost", {{"server", "h:22"}}),
            "::error title=ssh.connected::100%25 lost server=h:22\n");
  EXPECT_EQ(line(LogFormat::github, Level::warn, "lost", {}), "::warning title=ssh.connected::lost\n");
  EXPECT_EQ(line(LogFormat::github, Level::info, "up", {}),
            "2026-01-02T03:04:05.678Z INFO  ssh.connected up\n");
  EXPECT_EQ(line(LogFormat::github, Level::trace, "x", {}), "::debug::ssh.connected x\n");
}

TEST(LogLine, github_is_not_told_anything_by_text_from_outside) {
  EXPECT_EQ(line(LogFormat::github, Level::info, "##[error]x", {{"server_software", "a##[group]"}}),
            "2026-01-02T03:04:05.678Z INFO  ssh.connected #\\x23[error]x server_software=a#\\x23[group]\n");
  EXPECT_EQ(line(LogFormat::github, Level::error, "a\n::stop-commands::x", {}),
            "::error title=ssh.connected::a\\n::stop-commands::x\n");
  EXPECT_EQ(line(LogFormat::github, Level::debug, "50%\r", {}), "::debug::ssh.connected 50%25\\r\n");
}

TEST(LogLine, text_from_outside_cannot_make_a_second_line_or_drive_a_terminal) {
  const std::string evil = "a\r\nb\x1b[31m\xff\t\"c\"\\";
  EXPECT_EQ(line(LogFormat::text, Level::info, evil, {{"v", evil}}),
            "2026-01-02T03:04:05.678Z INFO  ssh.connected a\\r\\nb\\x1b[31m\\xff\\t\"c\"\\ "
            "v=\"a\\r\\nb\\x1b[31m\\xff\\t\\\"c\\\"\\\\\"\n");
  EXPECT_EQ(line(LogFormat::json, Level::info, evil, {}),
            R"({"time":"2026-01-02T03:04:05.678Z","level":"info","event":"ssh.connected",)"
            R"("msg":"a\u000d\nb\u001b[31m\ufffd\u0009\"c\"\\","logger":"ssh"})"
            "\n");
  for (const auto format :
       {LogFormat::text, LogFormat::json, LogFormat::gcp, LogFormat::logfmt, LogFormat::github}) {
    const std::string out = line(format, Level::error, evil, {{"v", evil}});
    EXPECT_EQ(out.find('\n'), out.size() - 1);
    EXPECT_EQ(out.find('\x1b'), std::string::npos);
    EXPECT_EQ(out.find('\r'), std::string::npos);
  }
}

constexpr auto formats = {LogFormat::text, LogFormat::json, LogFormat::gcp, LogFormat::logfmt,
                          LogFormat::github};

TEST(LogLine, what_ends_a_paragraph_turns_the_writing_or_is_not_seen_is_escaped) {
  const std::string evil = "a\u0085\u2028\u2029\u202e\u2066\u200b\ufeff\U000e0041z";
  EXPECT_EQ(line(LogFormat::json, Level::info, evil, {}),
            R"({"time":"2026-01-02T03:04:05.678Z","level":"info","event":"ssh.connected",)"
            R"("msg":"a\u0085\u2028\u2029\u202e\u2066\u200b\ufeff\udb40\udc41z","logger":"ssh"})"
            "\n");
  for (const auto format : formats) {
    const std::string out = line(format, Level::error, evil, {{"v", evil}});
    for (const unsigned char c : out) EXPECT_LT(c, 0x80) << out;
  }
}

TEST(LogLine, has_four_kibibytes_at_most_whatever_is_in_it) {
  const std::string long_texts[] = {std::string(5'000, 'A'), std::string(5'000, '%'), std::string(5'000, '"'),
                                    std::string(5'000, '\x1b'), std::string(5'000, '\xff')};
  for (const auto format : formats) {
    for (const auto& text : long_texts) {
      const std::vector<Field> fields(40, Field{"a_field", text});
      for (const auto level : {Level::error, Level::info, Level::debug}) {
        const auto out = line(format, level, text, fields);
        EXPECT_LE(out.size(), 4096U);
        EXPECT_EQ(out.find('\n'), out.size() - 1);
      }
    }
  }
}

TEST(LogLine, the_longest_texts_give_way_and_end_with_dots_between_two_characters) {
  std::string umlauts;
  for (int i = 0; i < 10'000; ++i) umlauts += "ä";
  const std::string short_text(200, 's');
  const auto out =
      line(LogFormat::json, Level::warn, "m", {{"server", "h:22"}, {"said", umlauts}, {"hint", short_text}});
  EXPECT_NE(out.find(R"("server":"h:22","said":"ää)"), std::string::npos);
  EXPECT_NE(out.find(R"(ä…","hint":")" + short_text + R"("})"), std::string::npos) << out;
}

TEST(LogLine, a_value_is_quoted_when_it_would_be_read_as_something_else) {
  EXPECT_EQ(render_fields(LogFormat::text, std::vector<Field>{{"a", ""}, {"b", "x=y"}, {"c", "z"}}),
            " a=\"\" b=\"x=y\" c=z");
}

TEST(LogLine, json_has_no_infinity) {
  const std::vector<Field> fields{{"x", std::numeric_limits<double>::infinity()}};
  EXPECT_EQ(render_fields(LogFormat::json, fields), ",\"x\":null");
}

}  // namespace
}  // namespace towline::observe
