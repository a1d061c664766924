// What whoever reads the log gets, whole lines of the real program.
#include "integration/fixtures/forwards.hpp"

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
  EXPECT_NE(
      life("logfmt").find("event=conn.error msg=\"repeated; further lines were suppressed\" logger=conn "
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

// Reads lines of `gcp` as Cloud Logging does, and prints each one's severity and event.
constexpr auto read_gcp = R"(
import datetime, json, sys
for line in sys.stdin:
    entry = json.loads(line)
    assert entry["severity"] in ("DEBUG", "INFO", "WARNING", "ERROR"), line
    assert entry["message"], line
    datetime.datetime.strptime(entry["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    print(entry["severity"], entry["event"])
)";

TEST_F(Logs, as_gcp_are_what_cloud_logging_reads) {
  const auto file = dir_.path("log.json");
  write_file(file, life("gcp"));
  const auto events = output_of({"/usr/bin/python3", "-c", read_gcp}, file);
  EXPECT_TRUE(events.starts_with("INFO config.loaded\n")) << events;
  for (const auto* event : {"DEBUG ssh.connecting\n", "INFO health.ready\n", "WARNING conn.error\n"})
    EXPECT_NE(events.find(event), std::string::npos) << event << events;
}

TEST_F(Logs, of_a_configuration_that_is_wrong_have_the_format_that_was_asked_for) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"up"}, {"run", "--", "/bin/true"}}) {
    const std::pair<const char*, const char*> rows[] = {{"json", R"({"time":)"}, {"gcp", R"({"severity":)"},
                                                        {"logfmt", "time="},     {"github", "::"},
                                                        {"text", "towline: "},   {"yaml", "towline: "}};
    for (const auto& [format, beginning] : rows) {
      Towline towline(dir_, {{"TOWLINE_LOG_FORMAT", format}, {"SSH_MODE", "-X"}, {"SSH_HOSTNAME", "h"}},
                      command);
      EXPECT_GT(towline.process().exit_code(patience), 0);
      const auto told = lines(towline.log());
      EXPECT_GE(told.size(), 3U) << towline.log();
      for (const auto& line : told) EXPECT_TRUE(line.starts_with(beginning)) << format << ": " << line;
      EXPECT_TRUE(towline.logged("SSH_HOSTNAME is the old name of SSH_REMOTE_HOST")) << towline.log();
    }
  }
}

class AccessLog : public Forwards {
 protected:
  // The first line of `event`.
  static std::string line_of(const Towline& towline, const std::string& event, const std::string& forward) {
    std::istringstream in(towline.log());
    for (std::string line; std::getline(in, line);) {
      const bool about = line.find("forward=" + forward + " ") != std::string::npos;
      if (about && line.find(" INFO  " + event + " ") != std::string::npos) return line;
    }
    return {};
  }

  EchoServer target_;
  FreePort local_, remote_, socks_;
};

TEST_F(AccessLog, has_client_target_bytes_duration_and_reason_of_each_connection) {
  auto variables = environment("local=-L " + loopback(local_.number()) + ":" + loopback(target_.port()) +
                               ";remote=-R " + loopback(remote_.number()) + ":" + loopback(target_.port()) +
                               ";socks=-D " + loopback(socks_.number()));
  variables["TOWLINE_ACCESS_LOG"] = "true";
  variables["TOWLINE_LOG_LEVEL"] = "info";
  const auto towline = start(variables);
  for (const std::string name : {"local", "remote", "socks"}) {
    auto client = name == "socks"   ? through_socks(socks_.number(), target_.port())
                  : name == "local" ? Socket::connect(local_.number(), 2s)
                                    : Socket::connect(remote_.number(), 2s);
    ASSERT_TRUE(client && client->send_all("12345", 2s) && client->receive(5, 5s) == "12345") << name;
    const auto who = "client=" + loopback(client->local_port());
    const auto where = "target=" + loopback(target_.port());
    client->shutdown_write();
    EXPECT_TRUE(client->closed_within(5s));
    EXPECT_TRUE(eventually(5s, [&] { return !line_of(*towline, "conn.close", name).empty(); }))
        << towline->log();
    const auto open = line_of(*towline, "conn.open", name);
    const auto close = line_of(*towline, "conn.close", name);
    for (const auto& word : {who, where}) {
      EXPECT_NE(open.find(word), std::string::npos) << word << " in " << open;
      EXPECT_NE(close.find(word), std::string::npos) << word << " in " << close;
    }
    EXPECT_NE(close.find("reason=closed bytes_rx=5 bytes_tx=5 duration_s="), std::string::npos) << close;
  }
}

TEST_F(AccessLog, leaves_no_failure_out_and_is_off_by_default) {
  FreePort nobody;
  auto variables = environment("-L " + loopback(local_.number()) + ":" + loopback(nobody.number()) + ";-D " +
                               loopback(socks_.number()));
  variables["TOWLINE_LOG_LEVEL"] = "info";
  for (const auto* wanted : {"true", "false"}) {
    variables["TOWLINE_ACCESS_LOG"] = wanted;
    const auto towline = start(variables);
    for (int i = 0; i < 3; ++i) {
      auto client = Socket::connect(local_.number(), 2s);
      EXPECT_TRUE(client && client->closed_within(5s));
    }
    EXPECT_TRUE(through_socks(socks_.number(), target_.port()));
    EXPECT_TRUE(eventually(5s, [&] {
      return towline->metric("towline_connections_opened_total",
                             {{"forward", "D" + text(socks_.number())}}) == 1;
    }));
    towline->terminate();
    EXPECT_EQ(towline->process().exit_code(10s), 0);
    int failures = 0;
    std::istringstream in(towline->log());
    for (std::string line; std::getline(in, line);)
      if (line.find(" conn.error connection failed ") != std::string::npos) ++failures;
    EXPECT_EQ(failures, *wanted == 't' ? 3 : 1) << towline->log();
    EXPECT_EQ(towline->logged("conn.open"), *wanted == 't');
  }
}

}  // namespace

}  // namespace towline::fixtures
