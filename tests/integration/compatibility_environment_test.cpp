// What jnovack/autossh's variables mean here, one row each: as `towline config` and `towline up` tell it.
// What can only be seen on the wire is in compatibility_wire_test.cpp.
#include "integration/fixtures/files.hpp"
#include "integration/fixtures/keys.hpp"
#include "integration/fixtures/process.hpp"
#include "integration/fixtures/towline.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

// @ stands for the test's folder. It holds `hosts`, an empty file, and `dir`.
struct Row {
  const char* name;
  Environment set;
  Words shown;        // all of them, in the effective configuration or among the warnings and problems
  Words not_shown{};  // none of them
  int exit_code = 0;  // of `towline config --json`
};

std::string setting(const std::string& name, const std::string& value, const std::string& source) {
  return '"' + name + R"(":{"value":)" + (value.empty() ? "null" : '"' + value + '"') + R"(,"source":")" +
         source + "\"}";
}
std::string given(const std::string& name, const std::string& value) {
  return setting(name, value, "environment");
}
std::string unset(const std::string& name, const std::string& value) {
  return setting(name, value, "default");
}
std::string spec(const std::string& text) { return R"("spec":")" + text + '"'; }
std::string server(const std::string& text) { return R"("servers":[")" + text + "\"]"; }

// A forward of `mode` with the port that every such row has.
Environment mode(const std::string& text) { return {{"SSH_MODE", text}, {"SSH_TUNNEL_PORT", "8022"}}; }
Environment bind(const std::string& mode, const std::string& address) {
  return {{"SSH_MODE", mode}, {"SSH_BIND_IP", address}, {"SSH_TUNNEL_PORT", "8022"}};
}

std::vector<Row> server_rows() {
  return {

      {"SSH_REMOTE_USER_is_root_when_unset", {}, {unset("SSH_REMOTE_USER", "root")}},
      {"SSH_REMOTE_USER_is_root_when_empty", {{"SSH_REMOTE_USER", ""}}, {unset("SSH_REMOTE_USER", "root")}},
      {"SSH_REMOTE_USER_is_taken", {{"SSH_REMOTE_USER", "bob"}}, {given("SSH_REMOTE_USER", "bob")}},
      {"SSH_REMOTE_HOST_is_localhost_when_unset", {}, {server("localhost:22")}},
      {"SSH_REMOTE_HOST_may_be_a_bare_v6_address", {{"SSH_REMOTE_HOST", "::1"}}, {server("[::1]:22")}},
      {"SSH_REMOTE_HOST_may_be_a_v6_address_in_brackets",
       {{"SSH_REMOTE_HOST", "[::1]"}},
       {server("[::1]:22")}},
      {"SSH_REMOTE_PORT_is_22_when_empty", {{"SSH_REMOTE_PORT", ""}}, {server("localhost:22")}},
      {"SSH_REMOTE_PORT_is_taken", {{"SSH_REMOTE_PORT", "65535"}}, {server("localhost:65535")}},
      {"SSH_REMOTE_PORT_beyond_65535_is_refused",
       {{"SSH_REMOTE_PORT", "65536"}},
       {"SSH_REMOTE_PORT: ", "write a number from 1 to 65535"},
       {},
       78},
      {"SSH_REMOTE_PORT_0_is_refused", {{"SSH_REMOTE_PORT", "0"}}, {"SSH_REMOTE_PORT: "}, {}, 78},
  };
}

std::vector<Row> forward_rows() {
  return {

      {"SSH_TUNNEL_PORT_is_chosen_by_the_server_when_unset", {}, {spec("-R 127.0.0.1:0:localhost:22")}},
      {"SSH_TUNNEL_PORT_may_be_0", {{"SSH_TUNNEL_PORT", "0"}}, {spec("-R 127.0.0.1:0:localhost:22")}},
      {"SSH_TUNNEL_PORT_beyond_65535_is_refused",
       {{"SSH_TUNNEL_PORT", "65536"}},
       {"SSH_TUNNEL_PORT: "},
       {},
       78},
      {"SSH_BIND_IP_is_127_0_0_1_when_empty", bind("-R", ""), {spec("-R 127.0.0.1:8022:localhost:22")}},
      {"SSH_BIND_IP_star_is_taken", bind("-R", "*"), {spec("-R *:8022:localhost:22")}},
      {"SSH_BIND_IP_bare_v6_is_taken", bind("-R", "::1"), {spec("-R [::1]:8022:localhost:22")}},
      {"SSH_BIND_IP_v6_in_brackets_is_taken", bind("-R", "[::1]"), {spec("-R [::1]:8022:localhost:22")}},
      {"SSH_BIND_IP_every_v6_address_is_taken", bind("-L", "::"), {spec("-L [::]:8022:localhost:22")}},
      {"SSH_BIND_IP_path_is_refused_for_R",
       bind("-R", "/run/x.sock"),
       {"SSH_BIND_IP is the path of a unix socket"},
       {},
       78},
      {"SSH_BIND_IP_path_is_taken_for_L", bind("-L", "/run/x.sock"), {spec("-L /run/x.sock:localhost:22")}},
      {"SSH_TARGET_HOST_is_localhost_when_empty",
       {{"SSH_TARGET_HOST", ""}, {"SSH_TUNNEL_PORT", "8022"}},
       {spec("-R 127.0.0.1:8022:localhost:22")}},
      {"SSH_TARGET_HOST_and_PORT_are_taken",
       {{"SSH_TARGET_HOST", "db"}, {"SSH_TARGET_PORT", "5432"}, {"SSH_TUNNEL_PORT", "8022"}},
       {spec("-R 127.0.0.1:8022:db:5432")}},
      {"SSH_TARGET_PORT_is_22_when_empty",
       {{"SSH_TARGET_HOST", "db"}, {"SSH_TARGET_PORT", ""}, {"SSH_TUNNEL_PORT", "8022"}},
       {spec("-R 127.0.0.1:8022:db:22")}},
      {"SSH_TARGET_PORT_path_is_refused", {{"SSH_TARGET_PORT", "/x"}}, {"SSH_TARGET_PORT: "}, {}, 78},
      {"SSH_MODE_dash_R", mode("-R"), {spec("-R 127.0.0.1:8022:localhost:22")}},
      {"SSH_MODE_R", mode("R"), {spec("-R 127.0.0.1:8022:localhost:22")}},
      {"SSH_MODE_remote", mode("remote"), {spec("-R 127.0.0.1:8022:localhost:22")}},
      {"SSH_MODE_reverse", mode("reverse"), {spec("-R 127.0.0.1:8022:localhost:22")}},
      {"SSH_MODE_dash_L", mode("-L"), {spec("-L 127.0.0.1:8022:localhost:22")}},
      {"SSH_MODE_L", mode("L"), {spec("-L 127.0.0.1:8022:localhost:22")}},
      {"SSH_MODE_local", mode("local"), {spec("-L 127.0.0.1:8022:localhost:22")}},
      {"SSH_MODE_dash_D", mode("-D"), {spec("-D 127.0.0.1:8022")}},
      {"SSH_MODE_D", mode("D"), {spec("-D 127.0.0.1:8022")}},
      {"SSH_MODE_dynamic", mode("dynamic"), {spec("-D 127.0.0.1:8022")}},
      {"SSH_MODE_with_an_address_behind_D", {{"SSH_MODE", "-D 0.0.0.0:1080"}}, {spec("-D 0.0.0.0:1080")}},
      {"SSH_MODE_Ng_L_of_the_wild", mode("-Ng -L"), {spec("-L 127.0.0.1:8022:localhost:22")}},
      {"SSH_MODE_with_every_harmless_flag",
       mode("-4 -6 -g -N -T -C -R"),
       {spec("-R 127.0.0.1:8022:localhost:22"), "SSH_MODE: -4 -6 -C has no effect"}},
      {"SSH_MODE_with_anything_else_is_refused", mode("upwards"), {"SSH_MODE: ", "-R (remote)"}, {}, 78},
  };
}

std::vector<Row> files_rows() {
  return {

      {"SSH_KEY_FILE_that_is_missing_ends_it_with_66",
       {{"SSH_KEY_FILE", "@/none"}},
       {"SSH_KEY_FILE: ", "does not exist"},
       {},
       66},
      {"SSH_KEY_FILE_may_be_missing_beside_another_method",
       {{"SSH_KEY_FILE", ""}, {"SSH_PASSWORD", "x"}},
       {unset("SSH_KEY_FILE", "")}},
      {"SSH_KNOWN_HOSTS_FILE_makes_it_strict",
       {{"SSH_KNOWN_HOSTS_FILE", "@/hosts"}},
       {unset("SSH_STRICT_HOST_KEY_CHECKING", "yes")}},
      {"SSH_KNOWN_HOSTS_FILE_dev_null_is_no_checking_and_warns",
       {{"SSH_KNOWN_HOSTS_FILE", "/dev/null"}},
       {unset("SSH_STRICT_HOST_KEY_CHECKING", "no"),
        "warning: SSH_KNOWN_HOSTS_FILE: host keys are not checked"}},
      {"SSH_KNOWN_HOSTS_FILE_that_is_a_directory_is_refused",
       {{"SSH_KNOWN_HOSTS_FILE", "@/dir"}},
       {"SSH_KNOWN_HOSTS_FILE: ", "is a directory"},
       {},
       66},
      {"Without_known_hosts_the_first_key_is_trusted_and_it_warns",
       {},
       {unset("SSH_STRICT_HOST_KEY_CHECKING", "accept-new"), "the first key the server shows is trusted"}},
      {"SSH_STRICT_HOST_IP_CHECK_disables_nothing",
       {{"SSH_STRICT_HOST_IP_CHECK", "false"}, {"SSH_KNOWN_HOSTS_FILE", "@/hosts"}},
       {"SSH_STRICT_HOST_IP_CHECK has no effect; it does not disable host key checking",
        unset("SSH_STRICT_HOST_KEY_CHECKING", "yes")}},
      {"SSH_STRICT_HOST_IP_CHECK_may_hold_anything",
       {{"SSH_STRICT_HOST_IP_CHECK", "perhaps"}},
       {"it does not disable host key checking"}},
  };
}

std::vector<Row> keepalive_rows() {
  return {

      {"SSH_SERVER_ALIVE_INTERVAL_is_10_when_empty",
       {{"SSH_SERVER_ALIVE_INTERVAL", ""}},
       {unset("SSH_SERVER_ALIVE_INTERVAL", "10")}},
      {"SSH_SERVER_ALIVE_INTERVAL_may_be_0",
       {{"SSH_SERVER_ALIVE_INTERVAL", "0"}},
       {given("SSH_SERVER_ALIVE_INTERVAL", "0")}},
      {"SSH_SERVER_ALIVE_INTERVAL_knows_s_m_and_h",
       {{"SSH_SERVER_ALIVE_INTERVAL", "1h1m30s"}},
       {given("SSH_SERVER_ALIVE_INTERVAL", "1h1m30s")}},
      {"SSH_SERVER_ALIVE_INTERVAL_abc_is_refused",
       {{"SSH_SERVER_ALIVE_INTERVAL", "abc"}},
       {"SSH_SERVER_ALIVE_INTERVAL: "},
       {},
       78},
      {"SSH_SERVER_ALIVE_COUNT_MAX_is_3_when_unset", {}, {unset("SSH_SERVER_ALIVE_COUNT_MAX", "3")}},
      {"SSH_SERVER_ALIVE_COUNT_MAX_0_is_no_limit_and_warns",
       {{"SSH_SERVER_ALIVE_COUNT_MAX", "0"}},
       {"SSH_SERVER_ALIVE_COUNT_MAX is 0: a server that falls silent is never declared dead"}},
  };
}

std::vector<Row> ssh_options_rows() {
  return {

      {"SSH_OPTIONS_are_parsed_as_a_shell_would",
       {{"SSH_OPTIONS", "-o 'ConnectTimeout 9' -NT"}},
       {setting("SSH_CONNECT_TIMEOUT", "9s", "SSH_OPTIONS"), "without a meaning in towline: -N, -T"}},
      {"SSH_OPTIONS_lose_one_pair_of_enclosing_quotes_with_a_warning",
       {{"SSH_OPTIONS", "\"-o ConnectTimeout=9\""}},
       {setting("SSH_CONNECT_TIMEOUT", "9s", "SSH_OPTIONS"), "the quotation marks around the whole value"}},
      {"SSH_OPTIONS_with_a_stray_word_are_refused",
       {{"SSH_OPTIONS", "-o ConnectTimeout=9 uptime"}},
       {"SSH_OPTIONS holds \"uptime\"", "in a compose list"},
       {},
       78},
      {"SSH_OPTIONS_with_an_unknown_key_are_refused",
       {{"SSH_OPTIONS", "-o Foo=1"}},
       {"is not an option of ssh (bad configuration option)"},
       {},
       78},
      {"SSH_OPTIONS_that_cannot_be_had_name_the_alternative",
       {{"SSH_OPTIONS", "-o ProxyCommand=nc"}},
       {"name the servers on the way in SSH_JUMP_HOSTS"},
       {},
       78},
  };
}

std::vector<Row> autossh_rows() {
  return {

      {"AUTOSSH_GATETIME_is_0_when_empty", {{"AUTOSSH_GATETIME", ""}}, {unset("AUTOSSH_GATETIME", "0")}},
      {"AUTOSSH_GATETIME_is_taken", {{"AUTOSSH_GATETIME", "30"}}, {given("AUTOSSH_GATETIME", "30")}},
      {"AUTOSSH_POLL_is_the_longest_pause_and_that_is_told",
       {{"AUTOSSH_POLL", "600"}},
       {setting("TOWLINE_BACKOFF_MAX", "600s", "alias"), "AUTOSSH_POLL sets the longest pause"}},
      {"AUTOSSH_FIRST_POLL_is_ignored_and_that_is_told",
       {{"AUTOSSH_FIRST_POLL", "30"}},
       {"AUTOSSH_FIRST_POLL has no meaning"}},
      {"AUTOSSH_MAXSTART_is_taken", {{"AUTOSSH_MAXSTART", "5"}}, {given("AUTOSSH_MAXSTART", "5")}},
      {"AUTOSSH_MAXLIFETIME_is_taken", {{"AUTOSSH_MAXLIFETIME", "60"}}, {given("AUTOSSH_MAXLIFETIME", "60")}},
      {"AUTOSSH_PORT_and_MESSAGE_are_ignored_and_that_is_told",
       {{"AUTOSSH_PORT", "20000"}, {"AUTOSSH_MESSAGE", "x"}},
       {"AUTOSSH_MESSAGE, AUTOSSH_PORT have no meaning"}},
      {"AUTOSSH_LOGLEVEL_0_still_shows_errors",
       {{"AUTOSSH_LOGLEVEL", "0"}},
       {setting("TOWLINE_LOG_LEVEL", "error", "alias")}},
      {"AUTOSSH_LOGLEVEL_4_is_warn",
       {{"AUTOSSH_LOGLEVEL", "4"}},
       {setting("TOWLINE_LOG_LEVEL", "warn", "alias")}},
      {"AUTOSSH_LOGLEVEL_6_is_info",
       {{"AUTOSSH_LOGLEVEL", "6"}},
       {setting("TOWLINE_LOG_LEVEL", "info", "alias")}},
      {"AUTOSSH_LOGLEVEL_7_is_debug",
       {{"AUTOSSH_LOGLEVEL", "7"}},
       {setting("TOWLINE_LOG_LEVEL", "debug", "alias")}},
      {"AUTOSSH_DEBUG_is_debug",
       {{"AUTOSSH_DEBUG", "1"}, {"AUTOSSH_LOGLEVEL", "0"}},
       {setting("TOWLINE_LOG_LEVEL", "debug", "alias")}},
      {"AUTOSSH_LOGFILE_is_ignored_and_that_is_told",
       {{"AUTOSSH_LOGFILE", "/var/log/autossh"}},
       {"AUTOSSH_LOGFILE has no meaning"}},
      {"AUTOSSH_PIDFILE_has_no_default", {}, {unset("AUTOSSH_PIDFILE", "")}},
      {"AUTOSSH_PATH_and_NTSERVICE_are_ignored_and_that_is_told",
       {{"AUTOSSH_PATH", "/usr/bin/ssh"}, {"AUTOSSH_NTSERVICE", "yes"}},
       {"AUTOSSH_NTSERVICE, AUTOSSH_PATH have no meaning"}},
      {"Empty_AUTOSSH_variables_count_as_unset",
       {{"AUTOSSH_GATETIME", ""},
        {"AUTOSSH_POLL", ""},
        {"AUTOSSH_MAXSTART", ""},
        {"AUTOSSH_MAXLIFETIME", ""},
        {"AUTOSSH_LOGLEVEL", ""},
        {"AUTOSSH_DEBUG", ""}},
       {unset("TOWLINE_BACKOFF_MAX", "60s"), unset("TOWLINE_LOG_LEVEL", "info")},
       {"warning: AUTOSSH"}},
      {"Malformed_AUTOSSH_variables_are_refused_all_at_once_and_with_a_message",
       {{"AUTOSSH_GATETIME", "soon"},
        {"AUTOSSH_POLL", "x"},
        {"AUTOSSH_MAXSTART", "x"},
        {"AUTOSSH_MAXLIFETIME", "x"},
        {"AUTOSSH_LOGLEVEL", "8"}},
       {"AUTOSSH_GATETIME: \"soon\"",
        "AUTOSSH_POLL: ", "AUTOSSH_MAXSTART: ", "AUTOSSH_MAXLIFETIME: ", "AUTOSSH_LOGLEVEL: "},
       {},
       78},
  };
}

std::vector<Row> names_rows() {
  return {

      {"The_names_of_version_1_are_aliases_and_deprecated",
       {{"SSH_HOSTUSER", "bob"},
        {"SSH_HOSTNAME", "gate"},
        {"SSH_HOSTPORT", "2222"},
        {"SSH_TUNNEL_REMOTE", "8022"},
        {"SSH_TUNNEL_HOST", "db"},
        {"SSH_TUNNEL_LOCAL", "5432"},
        {"SSH_KNOWN_HOSTS", "@/hosts"},
        {"SERVER_ALIVE_INTERVAL", "7"},
        {"SERVER_ALIVE_COUNT_MAX", "8"}},
       {setting("SSH_REMOTE_USER", "bob", "alias"), server("gate:2222"), spec("-R 127.0.0.1:8022:db:5432"),
        unset("SSH_STRICT_HOST_KEY_CHECKING", "yes"), setting("SSH_SERVER_ALIVE_INTERVAL", "7", "alias"),
        setting("SSH_SERVER_ALIVE_COUNT_MAX", "8", "alias"),
        "SSH_HOSTUSER is the old name of SSH_REMOTE_USER", "SSH_HOSTNAME is the old name",
        "SSH_HOSTPORT is the old name", "SSH_TUNNEL_REMOTE is the old name of SSH_TUNNEL_PORT",
        "SSH_TUNNEL_HOST is the old name of SSH_TARGET_HOST",
        "SSH_TUNNEL_LOCAL is the old name of SSH_TARGET_PORT",
        "SSH_KNOWN_HOSTS is the old name of SSH_KNOWN_HOSTS_FILE", "SERVER_ALIVE_INTERVAL is the old name",
        "SERVER_ALIVE_COUNT_MAX is the old name"}},
      {"An_old_and_a_new_name_that_differ_are_refused",
       {{"SSH_HOSTNAME", "gate"}, {"SSH_REMOTE_HOST", "other"}},
       {"SSH_REMOTE_HOST differs from SSH_HOSTNAME"},
       {},
       78},
      {"An_old_and_a_new_name_that_agree_are_taken",
       {{"SSH_HOSTNAME", "gate"}, {"SSH_REMOTE_HOST", "gate"}},
       {server("gate:22")}},
      {"Unknown_names_have_a_line_each_with_the_nearest_known",
       {{"SSH_TUNNEL_REMOTE_PORT", "1"}, {"SSH_REMOTE_HOTS", "x"}, {"AUTOSSH_GATE_TIME", "0"}},
       {"AUTOSSH_GATE_TIME is not a variable of towline and has no effect; did you mean AUTOSSH_GATETIME?",
        "did you mean SSH_REMOTE_HOST?", "did you mean SSH_TUNNEL_PORT?"}},
      {"What_a_login_leaves_behind_is_not_unknown",
       {{"SSH_AGENT_PID", "1"},
        {"SSH_CLIENT", "::1 2 3"},
        {"SSH_CONNECTION", "::1 2 ::1 3"},
        {"SSH_TTY", "/dev/pts/0"}},
       {},
       {"not a variable"}},
      {"KNOWN_HOSTS_ARG_FATAL_and_WARN_do_not_leak_in",
       {{"KNOWN_HOSTS_ARG", "-o StrictHostKeyChecking=no"}, {"FATAL", "1"}, {"WARN", "1"}},
       {unset("SSH_STRICT_HOST_KEY_CHECKING", "accept-new")},
       {"KNOWN_HOSTS_ARG", "FATAL", "\"WARN"}},
      {"The_variables_of_the_image_itself_are_ignored",
       {{"PACKAGE", "jnovack/autossh"},
        {"VERSION", "0.0.0-of-the-image"},
        {"REVISION", "x"},
        {"BUILD_RFC3339", "x"},
        {"APPLICATION", "autossh"},
        {"DESCRIPTION", "x"},
        {"TERM", "xterm"},
        {"TZ", "UTC"}},
       {server("localhost:22")},
       {"of-the-image", "PACKAGE", "BUILD_RFC3339"}},
  };
}

class CompatibilityEnvironment : public testing::TestWithParam<Row> {
 protected:
  CompatibilityEnvironment() {
    write_file(dir_.path("hosts"), "");
    std::filesystem::create_directory(dir_.path("dir"));
  }

  std::string in_folder(std::string text) const {
    const auto at = text.find("@/");
    return at == std::string::npos ? text : text.replace(at, 2, dir_.path(""));
  }

  TempDir dir_;
};

std::string row_name(const testing::TestParamInfo<Row>& info) { return info.param.name; }

TEST_P(CompatibilityEnvironment, holds) {
  const auto& row = GetParam();
  auto environment = row.set;
  const auto key = make_key(dir_);
  environment.try_emplace("SSH_KEY_FILE", key.private_file);
  for (auto& [name, value] : environment) value = in_folder(value);
  Towline towline(dir_, environment, {"config", "--json"});
  EXPECT_EQ(towline.process().exit_code(30s), row.exit_code);
  for (const auto& words : row.shown) EXPECT_TRUE(towline.logged(words)) << words;
  for (const auto& words : row.not_shown) EXPECT_FALSE(towline.has_logged(words)) << words;
}

INSTANTIATE_TEST_SUITE_P(Server, CompatibilityEnvironment, testing::ValuesIn(server_rows()), row_name);
INSTANTIATE_TEST_SUITE_P(Forward, CompatibilityEnvironment, testing::ValuesIn(forward_rows()), row_name);
INSTANTIATE_TEST_SUITE_P(Files, CompatibilityEnvironment, testing::ValuesIn(files_rows()), row_name);
INSTANTIATE_TEST_SUITE_P(Keepalive, CompatibilityEnvironment, testing::ValuesIn(keepalive_rows()), row_name);
INSTANTIATE_TEST_SUITE_P(SshOptions, CompatibilityEnvironment, testing::ValuesIn(ssh_options_rows()),
                         row_name);
INSTANTIATE_TEST_SUITE_P(Autossh, CompatibilityEnvironment, testing::ValuesIn(autossh_rows()), row_name);
INSTANTIATE_TEST_SUITE_P(Names, CompatibilityEnvironment, testing::ValuesIn(names_rows()), row_name);

}  // namespace

}  // namespace towline::fixtures
