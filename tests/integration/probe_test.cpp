// The tunnel may be fine and lead nowhere: probes find out.
#include "integration/fixtures/forwarding_server.hpp"
#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

const Labels main_forward{{"forward", "main"}};

constexpr auto often = "1s";
// The third failure in a row counts: three such intervals, with room for slow machines, but not for three of
// the usual ones.
constexpr auto seen_within = 15s;

// Says hello, reads a request, and answers it with this status.
TcpServer::Serve answer_with(const std::string& status) {
  return [status](Socket& socket) {
    socket.receive(4, 5s);
    socket.send_all("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 5s);
  };
}

bool succeeded(const Towline& towline) { return towline.metric("towline_probe_success", main_forward) == 1; }

double failures(const Towline& towline, const std::string& reason) {
  return towline.metric("towline_probe_failures_total", {{"reason", reason}});
}

bool is_in_state(const Towline& towline, const std::string& state) {
  return towline.metric("towline_forward_state", {{"state", state}}) == 1;
}

class Probe : public TunnelModeTest {
 protected:
  std::unique_ptr<Towline> start_probed(const std::string& probe, std::uint16_t target_port,
                                        const std::string& interval = "10s") {
    auto variables = environment(GetParam(), target_port);
    variables["SSH_PROBE"] = probe;
    variables["SSH_PROBE_INTERVAL"] = interval;
    return start(variables);
  }
};

TEST_P(Probe, tcp_reaches_a_target_that_says_nothing) {
  EchoServer target;
  const auto towline = start_probed("tcp", target.port());
  EXPECT_TRUE(eventually(10s, [&] { return succeeded(*towline); }));
  EXPECT_EQ(towline->metric("towline_probe_failures_total"), 0);
  EXPECT_GT(towline->metric("towline_probe_last_success_timestamp_seconds"), 0);
}

TEST_P(Probe, banner_hears_a_target_that_speaks_first) {
  TcpServer target([](Socket& socket) {
    socket.send_all("hello", 5s);
    socket.receive(1, 5s);
  });
  const auto towline = start_probed("banner", target.port());
  EXPECT_TRUE(eventually(10s, [&] { return succeeded(*towline); }));
  EXPECT_EQ(towline->metric("towline_probe_failures_total"), 0);
}

TEST_P(Probe, banner_gives_up_on_a_target_that_says_nothing) {
  EchoServer target;
  const auto towline = start_probed("banner", target.port(), often);
  ASSERT_TRUE(eventually(10s, [&] { return target.accepted() >= 1; }));
  EXPECT_TRUE(eventually(8s, [&] { return failures(*towline, "timeout") == 1; }));
  EXPECT_TRUE(towline->ready()) << "one failure may be an accident";
  EXPECT_TRUE(towline->logged("probe.failed"));
}

TEST_P(Probe, http_asks_for_the_path) {
  TcpServer target(answer_with("200 OK"));
  const auto towline = start_probed("http:/health", target.port());
  EXPECT_TRUE(eventually(10s, [&] { return succeeded(*towline); }));
  EXPECT_EQ(towline->metric("towline_probe_failures_total"), 0);
}

TEST_P(Probe, http_that_answers_with_an_error_is_a_failure_of_its_own) {
  TcpServer target(answer_with("503 Service Unavailable"));
  const auto towline = start_probed("http:/health", target.port());
  EXPECT_TRUE(eventually(10s, [&] { return failures(*towline, "http_status") >= 1; }));
  EXPECT_TRUE(towline->logged("status 503"));
}

TEST_P(Probe, a_dead_target_behind_a_healthy_tunnel_makes_it_degraded_until_it_is_back) {
  auto target = std::make_unique<EchoServer>();
  const auto port = target->port();
  const auto towline = start_probed("tcp", port, often);
  ASSERT_TRUE(eventually(10s, [&] { return succeeded(*towline); }));

  target.reset();
  EXPECT_TRUE(eventually(seen_within, [&] { return is_in_state(*towline, "degraded"); }));
  const auto readyz = towline->get("/readyz?verbose");
  EXPECT_EQ(readyz.status, 503);
  EXPECT_NE(readyz.body.find("[-]forward/main degraded reason=connect"), std::string::npos) << readyz.body;
  EXPECT_NE(readyz.body.find("not ready: reason=connect forward=main"), std::string::npos) << readyz.body;
  EXPECT_EQ(towline->metric("towline_forward_up"), 0);
  EXPECT_EQ(towline->metric("towline_probe_success"), 0);
  EXPECT_EQ(towline->metric("towline_forward_bound_port"), entry_.number()) << "it still listens";
  const auto status = towline->get("/statusz").body;
  EXPECT_NE(status.find("\"detail\":\"probe: "), std::string::npos);
  EXPECT_NE(status.find("\"probe\":{\"success\":false,\"reason\":\"connect\""), std::string::npos) << status;
  EXPECT_TRUE(towline->logged("probe.failed"));
  EXPECT_TRUE(towline->logged("hint="));

  const EchoServer again(port);
  EXPECT_TRUE(eventually(seen_within, [&] { return towline->ready(); }));
  EXPECT_TRUE(is_in_state(*towline, "up"));
  EXPECT_NE(towline->get("/statusz").body.find("\"probe\":{\"success\":true"), std::string::npos);
  EXPECT_NE(towline->get("/").body.find("probe ok "), std::string::npos);
  EXPECT_TRUE(towline->logged("probe.ok"));
  EXPECT_EQ(towline->metric("towline_ssh_connect_attempts_total"), 1) << "the session was not to blame";
}

TEST_P(Probe, a_lost_session_is_not_the_targets_fault) {
  EchoServer target;
  const auto towline = start_probed("tcp", target.port());
  ASSERT_TRUE(eventually(10s, [&] { return succeeded(*towline); }));
  sshd_.kill_sessions();
  EXPECT_TRUE(eventually(10s, [&] { return towline->metric("towline_ssh_reconnects_total") == 1; }));
  EXPECT_TRUE(eventually(10s, [&] { return succeeded(*towline); })) << "the new session is probed, too";
  EXPECT_EQ(towline->metric("towline_probe_failures_total"), 0);
}

TEST_P(Probe, in_flight_is_forgotten_with_its_session) {
  EchoServer target;
  const auto towline = start_probed("banner", target.port());
  ASSERT_TRUE(eventually(10s, [&] { return target.accepted() >= 1; }));
  sshd_.kill_sessions();
  EXPECT_TRUE(eventually(10s, [&] { return target.accepted() >= 2; })) << "the new session is probed, too";
  EXPECT_EQ(towline->metric("towline_probe_failures_total"), 0);
}

TEST_P(Probe, in_flight_does_not_hold_up_the_end) {
  EchoServer target;
  const auto towline = start_probed("banner", target.port());
  ASSERT_TRUE(eventually(10s, [&] { return target.accepted() >= 1; }));
  towline->terminate();
  EXPECT_EQ(towline->process().exit_code(5s), 0);
  EXPECT_FALSE(towline->has_logged("probe.failed")) << "it was stopped, it did not fail";
}

INSTANTIATE_TEST_SUITE_P(Modes, Probe, testing::Values(Mode::local, Mode::remote), mode_name);

// The server says that it listens, and somebody else does.
class StrangerProbe : public TunnelTest, public testing::WithParamInterface<const char*> {
 protected:
  std::unique_ptr<Towline> start_with(const TcpServer::Serve& stranger) {
    stranger_ = std::make_unique<TcpServer>(stranger, entry_.number());
    server_.authorize(key_);
    server_.start();
    auto variables = tunnel_environment(server_, key_, Mode::remote, entry_.number(), target_.port());
    variables["SSH_PROBE"] = GetParam();
    variables["SSH_PROBE_INTERVAL"] = often;
    return start(variables);
  }

  ForwardingServer server_{dir_, "deaf"};
  EchoServer target_;
  std::unique_ptr<TcpServer> stranger_;
};

TEST_P(StrangerProbe, is_not_fooled_by_one_that_speaks_first) {
  const auto towline = start_with([](Socket& socket) {
    socket.send_all("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 5s);
    socket.receive(1, 5s);
  });
  EXPECT_TRUE(eventually(seen_within, [&] { return failures(*towline, "stranger") >= 1; }));
  EXPECT_FALSE(succeeded(*towline));
  EXPECT_TRUE(towline->logged("see what else listens on the port"));
  EXPECT_TRUE(eventually(seen_within, [&] { return is_in_state(*towline, "degraded"); }));
}

TEST_P(StrangerProbe, is_not_fooled_by_one_that_says_nothing) {
  const auto towline = start_with([](Socket& socket) { socket.receive(mebibyte, 60s); });
  EXPECT_TRUE(eventually(seen_within, [&] { return failures(*towline, "stranger") >= 1; }));
  EXPECT_FALSE(succeeded(*towline));
}

INSTANTIATE_TEST_SUITE_P(Kinds, StrangerProbe, testing::Values("tcp", "banner", "http:/"),
                         [](const auto& info) {
                           const std::string probe = info.param;
                           return probe.substr(0, probe.find(':'));
                         });

class ForbiddenProbe : public TunnelTest {
 protected:
  ForbiddenProbe() : TunnelTest({"AllowTcpForwarding remote"}) {}
};

TEST_F(ForbiddenProbe, is_told_once_and_leaves_the_tunnel_alone) {
  EchoServer target;
  auto variables = environment(Mode::remote, target.port());
  variables["SSH_PROBE"] = "tcp";
  const auto towline = start(variables);
  EXPECT_TRUE(eventually(10s, [&] { return failures(*towline, "prohibited") == 1; }));
  EXPECT_TRUE(towline->logged("reason=prohibited"));
  EXPECT_TRUE(towline->logged("AllowTcpForwarding yes instead of remote"));
  EXPECT_TRUE(towline->ready());
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  EXPECT_EQ(towline->metric("towline_ssh_connect_attempts_total"), 1);
}

}  // namespace

}  // namespace towline::fixtures
