#include "integration/fixtures/tunnel.hpp"

#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Scrape : public TunnelTest {
 protected:
  EchoServer target_;
};

TEST_F(Scrape, passes_promtools_check) {
  if (::access("/usr/bin/promtool", X_OK) != 0) GTEST_SKIP() << "needs /usr/bin/promtool";
  const auto towline = start(environment(Mode::remote, target_.port()));
  ASSERT_TRUE(echoes(entry_.number(), 2s));
  const auto scrape = dir_.path("scrape");
  write_file(scrape, towline->get("/metrics").body);
  EXPECT_EQ(output_of({"/usr/bin/promtool", "check", "metrics"}, scrape), "");
}

TEST_F(Scrape, is_stored_by_a_real_prometheus) {
  if (::access("/usr/bin/prometheus", X_OK) != 0) GTEST_SKIP() << "needs /usr/bin/prometheus";
  const auto towline = start(environment(Mode::remote, target_.port()));
  const auto config = dir_.path("prometheus.yml");
  write_file(config,
             "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: towline\n    static_configs:\n"
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
