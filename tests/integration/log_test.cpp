// What whoever reads the log gets, whole lines of the real program.
#include "integration/fixtures/tunnel.hpp"

#include <sstream>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// Reads lines of JSON and prints each one's event; complains where the standard fields are missing or a
// failure does not say what to do.
constexpr auto read_json = R"(
import json, re, sys
for line in sys.stdin:
    entry = json.loads(line)
    assert list(entry)[:5] == ["time", "level", "event", "msg", "logger"], line
    assert entry["logger"] == entry["event"].split(".")[0], line
    assert entry.get("reason") != "refused" or entry["errno"] == "ECONNREFUSED", line
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"]), line
    failure = entry["event"].split(".")[0] in ("ssh", "forward", "conn", "probe")
    if failure and entry["level"] in ("warn", "error"):
        assert entry.get("hint") or "suppressed" in entry, line
    print(entry["event"])
)";

class Logs : public TunnelTest {
 protected:
  // A life with failures in it, and its log.
  std::string life(const std::string& format) {
    FreePort nobody;
    auto variables = environment(Mode::remote, nobody.number());
    variables["TOWLINE_LOG_FORMAT"] = format;
    variables["SSH_KEY_PASSPHRASE"] = "secret-of-the-test";
    variables["SSH_PROBE"] = "tcp";
    const auto towline = start(variables);
    EXPECT_TRUE(eventually(10s, [&] { return towline->logged("probe.failed"); }));
    for (int i = 0; i < 3; ++i) {
      auto client = Socket::connect(entry_.number(), 2s);
      EXPECT_TRUE(client && client->closed_within(5s));
    }
    sshd_.kill_all();
    EXPECT_TRUE(eventually(10s, [&] { return towline->logged("ssh.connect_failed"); }));
    towline->terminate();
    EXPECT_EQ(towline->process().exit_code(10s), 0);
    return towline->log();
  }

  static std::vector<std::string> lines(const std::string& log) {
    std::vector<std::string> all;
    std::istringstream in(log);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
};

TEST_F(Logs, as_json_are_one_object_a_line_and_every_failure_says_what_to_do) {
  const auto log = life("json");
  const auto file = dir_.path("log.json");
  write_file(file, log);
  const auto events = output_of({"/usr/bin/python3", "-c", read_json}, file);
  EXPECT_TRUE(events.starts_with("config.loaded\n")) << events;
  for (const auto* event : {"agent.start", "ssh.connecting", "ssh.connected", "forward.bound",
                            "forward.state", "health.ready", "conn.error", "probe.failed", "ssh.disconnected",
                            "health.not_ready", "ssh.connect_failed", "shutdown.begin", "shutdown.done"})
    EXPECT_NE(events.find(std::string(event) + "\n"), std::string::npos) << event << " is not among\n"
                                                                         << events;
}

TEST_F(Logs, begin_with_the_configuration_and_never_show_a_secret) {
  const auto log = life("text");
  const auto first = log.substr(0, log.find('\n'));
  EXPECT_NE(first.find("config.loaded"), std::string::npos) << first;
  EXPECT_NE(first.find("SSH_REMOTE_PORT=" + std::to_string(sshd_.port())), std::string::npos) << first;
  EXPECT_NE(first.find("SSH_KEY_PASSPHRASE"), std::string::npos) << first;
  EXPECT_EQ(log.find("secret-of-the-test"), std::string::npos);
}

TEST_F(Logs, sum_up_at_the_end_what_they_did_not_repeat) {
  EXPECT_NE(life("logfmt").find("event=conn.error msg=\"repeated, and not written each time\" logger=conn "
                                "forward=main reason=target_refused suppressed="),
            std::string::npos);
}

TEST_F(Logs, for_github_are_commands_where_there_is_trouble) {
  int commands = 0;
  for (const auto& line : lines(life("github"))) {
    if (!line.starts_with("::")) continue;
    ++commands;
    EXPECT_TRUE(line.starts_with("::warning title=") || line.starts_with("::error title=") ||
                line.starts_with("::debug::"))
        << line;
  }
  EXPECT_GT(commands, 3);
}

}  // namespace

}  // namespace towline::fixtures
