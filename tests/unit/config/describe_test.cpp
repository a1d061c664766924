#include "config/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace towline::config {
namespace {

using testing::HasSubstr;
using testing::Not;

// What people see. When a test fails, read the difference and, if it is meant, write it into the file: the
// output of `towline help`, `towline config` and so on.
std::string golden(const std::string& name) {
  std::ifstream file(CONFIG_GOLDEN_FOLDER "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

Loaded sample() {
  const InspectFile inspect = [](const std::string& path) {
    FileFacts facts;
    facts.kind = path == "/run/key" ? FileKind::regular : FileKind::absent;
    facts.readable = true;
    return facts;
  };
  const Env env({{"SSH_REMOTE_HOST", "bastion"},
                 {"SSH_KEY_FILE", "/run/key"},
                 {"SSH_MODE", "-Ng -L"},
                 {"SSH_FORWARDS", "web=-R 80:web:80 proxy_protocol=v1; -D 1080 required=no"},
                 {"SSH_PROBE", "http:/up"},
                 {"SSH_PASSWORD", "hunter2"},
                 {"AUTOSSH_POLL", "30"},
                 {"SERVER_ALIVE_INTERVAL", "5"},
                 {"TOWLINE_DRAIN_TIMEOUT", "20s"}});
  return *load(env, inspect);
}

TEST(Describe, help) { EXPECT_EQ(help_text(), golden("help.txt")); }

TEST(Describe, table_of_the_readme) { EXPECT_EQ(markdown(), golden("variables.md")); }

TEST(Describe, effective_configuration) { EXPECT_EQ(config_text(sample()), golden("config.txt")); }

TEST(Describe, effective_configuration_as_json) { EXPECT_EQ(config_json(sample()), golden("config.json")); }

TEST(Describe, a_share_has_what_it_can_have) {
  const auto shared = load(Env({{"SSH_MODE", "-S"}, {"SSH_PASSWORD", "hunter2"}}),
                           [](const std::string&) { return FileFacts(); });
  ASSERT_TRUE(shared);
  EXPECT_THAT(config_text(*shared), HasSubstr("  main  -S 127.0.0.1:2222 required max_connections=4096\n"));
  EXPECT_THAT(config_json(*shared),
              HasSubstr(R"("mode":"share","spec":"-S 127.0.0.1:2222","required":true,"max_connections":4096,)"
                        R"("idle_timeout":null,"probe":null})"));
}

TEST(Describe, effective_configuration_in_one_line) {
  const auto line = settings_line(sample().settings);
  EXPECT_THAT(line, HasSubstr("SSH_REMOTE_HOST=bastion SSH_REMOTE_PORT=22 "));
  EXPECT_THAT(line, HasSubstr(" SSH_MODE=\"-Ng -L\" "));
  EXPECT_THAT(line, HasSubstr(" SSH_STRICT_HOST_KEY_CHECKING=accept-new "));
  EXPECT_THAT(line, HasSubstr(" SSH_PASSWORD=******** "));
  for (const auto* absent : {"SSH_STRICT_HOST_IP_CHECK", "hunter2", "content of"}) {
    EXPECT_THAT(line, Not(HasSubstr(absent)));
  }
}

TEST(Describe, what_was_refused_is_marked_and_not_shown) {
  const auto rejected =
      load(Env({{"SSH_REMOTE_PORT", "hunter2"}, {"SSH_REMOTE_HOST", "bastion"}}),
           [](const std::string&) { return FileFacts{.kind = FileKind::regular, .readable = true}; });
  ASSERT_FALSE(rejected);
  const auto text = settings_text(rejected.error().settings);
  EXPECT_THAT(text, HasSubstr("\n! SSH_REMOTE_PORT "));
  EXPECT_THAT(text, HasSubstr("  SSH_REMOTE_HOST "));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  const auto json = rejection_json(rejected.error());
  EXPECT_THAT(json, HasSubstr(R"("SSH_REMOTE_PORT":{"value":null,"source":"environment","refused":true})"));
  EXPECT_THAT(json,
              HasSubstr(R"("problems":[{"variable":"SSH_REMOTE_PORT","wrong":"\"hunter2\" is not a port")"));
}

TEST(Describe, help_of_one_variable_has_its_default) {
  EXPECT_EQ(help_text(*std::ranges::find(fields(), "SSH_REMOTE_PORT", &Field::name)),
            "SSH_REMOTE_PORT\n  Port of the SSH server. Older name: SSH_HOSTPORT.\n  Default: 22\n");
}

TEST(Describe, help_fits_a_hundred_columns) {
  std::istringstream lines(help_text());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100u) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(Describe, every_variable_is_in_help_and_in_the_table) {
  for (const Field& field : fields()) {
    EXPECT_THAT(help_text(), HasSubstr("  " + std::string(field.name) + " "));
    EXPECT_THAT(markdown(), HasSubstr("| `" + std::string(field.name) + "` |"));
  }
}

TEST(Describe, awkward_values_stay_valid) {
  const Setting settings[] = {
      {"A", "say \"hi\"\n", Source::environment}, {"B", "\xff\xfe", Source::alias}, {"C", "", {}}};
  EXPECT_EQ(settings_json(settings),
            R"({"A":{"value":"say \"hi\"\n","source":"environment"},"B":{"value":"??","source":"alias"},)"
            R"("C":{"value":null,"source":"default"}})"
            "\n");
  EXPECT_EQ(settings_line({settings, 1}), R"(A="say \"hi\"\n")");
}

TEST(Describe, markdown_shows_the_text_as_it_stands) {
  const Field table[] = {
      {.name = "A", .default_text = "a|b", .section = Section::server, .help = "x | y, <z>.", .apply = {}}};
  EXPECT_THAT(markdown(table), HasSubstr("| `A` | `a\\|b` | x \\| y, \\<z>. |\n"));
}

}  // namespace
}  // namespace towline::config
