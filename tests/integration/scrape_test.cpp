#include "integration/fixtures/tunnel.hpp"

#include <cstdlib>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// Counts what the reference parser reads, and ends with an error at the first violation.
constexpr auto read_openmetrics = R"(
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
forwards = {s.labels["forward"] for f in families for s in f.samples if "forward" in s.labels}
print(len(families), sum(len(f.samples) for f in families), *sorted(forwards))
)";
constexpr auto read_text = R"(
import sys
from prometheus_client.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
forwards = {s.labels["forward"] for f in families for s in f.samples if "forward" in s.labels}
print(len(families), sum(len(f.samples) for f in families), *sorted(forwards))
)";

class Scrape : public TunnelTest {
 protected:
  // One of each kind, with and without a probe, one that cannot be had, one without a target.
  Environment several_forwards() const {
    auto variables = environment(Mode::remote, target_.port());
    const auto target = std::to_string(target_.port());
    variables["SSH_PROBE"] = "tcp";
    variables["SSH_FORWARDS"] =
        "plain=-L 127.0.0.1:0:127.0.0.1:" + target + " ; probed=-L 127.0.0.1:0:127.0.0.1:" + target +
        " probe=banner required=no ; taken=-R 127.0.0.1:" + std::to_string(sshd_.port()) +
        ":127.0.0.1:" + target + " required=no";
    return variables;
  }

  // What a program makes of a scrape.
  std::string judged(const Towline& towline, const std::vector<std::string>& judge,
                     const std::string& headers = {}) {
    const auto scrape = dir_.fresh_path("scrape", ".txt");
    write_file(scrape, towline.get("/metrics", headers).body);
    return output_of(judge, scrape);
  }

  EchoServer target_;
};

TEST_F(Scrape, passes_promtools_check) {
  if (::access("/usr/bin/promtool", X_OK) != 0) GTEST_SKIP() << "needs /usr/bin/promtool";
  const auto towline = start(several_forwards());
  ASSERT_TRUE(echoes(entry_.number(), 2s));
  EXPECT_EQ(judged(*towline, {"/usr/bin/promtool", "check", "metrics"}), "");
}

TEST_F(Scrape, is_the_same_to_the_reference_parsers_of_both_formats) {
  if (::system("/usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null") != 0)
    GTEST_SKIP() << "needs python3-prometheus-client";
  const auto towline = start(several_forwards());
  ASSERT_TRUE(echoes(entry_.number(), 2s));
  ASSERT_TRUE(eventually(10s, [&] {
    return towline->metric("towline_probe_success", {{"forward", "main"}}) == 1 &&
           towline->metric("towline_forward_setup_failures_total", {{"forward", "taken"}}) > 0;
  }));
  const auto open = judged(*towline, {"/usr/bin/python3", "-c", read_openmetrics},
                           "Accept: application/openmetrics-text; version=1.0.0\r\n");
  const auto text = judged(*towline, {"/usr/bin/python3", "-c", read_text});
  EXPECT_EQ(open, text);
  EXPECT_TRUE(text.ends_with(" main plain probed taken\n")) << text;
}

TEST_F(Scrape, is_stored_by_a_real_prometheus_and_its_alerts_work_on_it) {
  if (::access("/usr/bin/prometheus", X_OK) != 0) GTEST_SKIP() << "needs /usr/bin/prometheus";
  const auto towline = start(environment(Mode::remote, target_.port()));
  const auto config = dir_.path("prometheus.yml");
  write_file(config,
             "global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: "
             "200ms}\nrule_files: ['" TOWLINE_SOURCE_DIR
             "/helm/towline/rules/towline.rules.yaml']\nscrape_configs:\n  - job_name: towline\n    "
             "static_configs:\n"
             "      - targets: ['127.0.0.1:" +
                 std::to_string(towline->admin_port()) + "']\n");
  FreePort port;
  Process prometheus(
      {{"/usr/bin/prometheus", "--config.file=" + config, "--storage.tsdb.path=" + dir_.path("tsdb"),
        "--web.listen-address=127.0.0.1:" + std::to_string(port.number())},
       {},
       dir_.path("prometheus.log")});
  const auto value_is_one = [&](const std::string& query) {
    return http_get(port.number(), "/api/v1/query?query=" + query, 2s).body.find(",\"1\"]") !=
           std::string::npos;
  };
  EXPECT_TRUE(eventually(30s, [&] { return value_is_one("up"); }))
      << tail(read_file(dir_.path("prometheus.log")), 20);
  EXPECT_TRUE(eventually(10s, [&] { return value_is_one("towline_forward_up"); }));

  const auto rules = [&] { return http_get(port.number(), "/api/v1/rules", 2s).body; };
  EXPECT_TRUE(eventually(20s, [&] { return rules().find("\"health\":\"unknown\"") == std::string::npos; }));
  EXPECT_EQ(rules().find("\"health\":\"err\""), std::string::npos) << rules();
  EXPECT_EQ(rules().find("\"state\":\"firing\""), std::string::npos) << rules();
  sshd_.kill_all();
  const auto pending = "ALERTS%7Balertname%3D%22SSHTunnelDown%22%2Calertstate%3D%22pending%22%7D";
  EXPECT_TRUE(eventually(30s, [&] { return value_is_one(pending); })) << rules();
}

// Two notes are ten seconds apart.
TEST_F(Scrape, the_page_draws_what_has_passed) {
  const auto towline = start(environment(Mode::remote, target_.port()));
  ASSERT_NE(towline->get("/").body.find("<path d=\"\"/>"), std::string::npos) << "nothing is noted yet";
  ASSERT_TRUE(echoes(entry_.number(), 2s));
  EXPECT_TRUE(eventually(20s, [&] {
    const auto page = towline->get("/").body;
    return page.find("Received</span> <b>0 B/s</b>") == std::string::npos &&
           page.find("M59 40V0H60V40z") != std::string::npos;
  })) << towline->get("/").body;
}

TEST_F(Scrape, has_every_series_from_the_start) {
  sshd_.kill_all();
  Towline towline(dir_, environment(Mode::remote, target_.port()));
  ASSERT_TRUE(eventually(5s, [&] { return towline.status("/metrics") == 200; }));
  const Labels main{{"forward", "main"}};
  for (const auto* name :
       {"towline_forward_up", "towline_ssh_reconnects_total", "towline_forward_flaps_total",
        "towline_connections_opened_total", "towline_received_bytes_total", "towline_sent_bytes_total"})
    EXPECT_EQ(towline.metric(name, main), 0) << name;
  for (const auto* reason : {"host_key", "auth", "dns", "timeout"})
    EXPECT_EQ(towline.metric("towline_ssh_connect_failures_total", {{"forward", "main"}, {"reason", reason}}),
              0);
}

TEST_F(Scrape, is_open_metrics_when_that_is_asked_for) {
  const auto towline = start(environment(Mode::remote, target_.port()));
  const auto reply = towline->get("/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n");
  EXPECT_NE(reply.headers.find("application/openmetrics-text"), std::string::npos) << reply.headers;
  EXPECT_TRUE(reply.body.ends_with("# EOF\n"));
}

TEST_F(Scrape, healthcheck_command_agrees_with_readyz) {
  const auto variables = environment(Mode::remote, target_.port());
  const auto towline = start(variables);
  auto same_admin = variables;
  same_admin["TOWLINE_ADMIN_LISTEN"] = "127.0.0.1:" + std::to_string(towline->admin_port());
  Towline healthy(dir_, same_admin, {"healthcheck"});
  EXPECT_EQ(healthy.process().exit_code(5s), 0);
  sshd_.kill_all();
  ASSERT_TRUE(eventually(3s, [&] { return !towline->ready(); }));
  Towline unhealthy(dir_, same_admin, {"healthcheck"});
  EXPECT_EQ(unhealthy.process().exit_code(5s), 1);
}

}  // namespace

}  // namespace towline::fixtures
