// Servers that name the listener of a forwarded connection in their own way.
#include "integration/fixtures/forwarding_server.hpp"
#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class UnmatchedChannel : public TunnelTest {
 protected:
  std::unique_ptr<Towline> start_at(SshServer& server, Environment changes) {
    server.authorize(key_);
    server.start();
    auto variables = tunnel_environment(server, key_, Mode::remote, entry_.number(), target_.port());
    for (auto& [name, value] : changes) variables[name] = value;
    return start(std::move(variables));
  }

  std::string to_target() const { return ":127.0.0.1:" + std::to_string(target_.port()); }

  static double counted(const Towline& towline, const std::string& outcome) {
    return towline.metric("towline_unmatched_channels_total", {{"outcome", outcome}});
  }

  EchoServer target_;
};

TEST_F(UnmatchedChannel, of_the_only_forward_is_joined_and_told_once) {
  for (const auto* name : {"{host}:0", "localhost:0", ":0", "0.0.0.0:4444", "server.example:1"}) {
    ForwardingServer server(dir_, name);
    const auto towline = start_at(server, {});
    EXPECT_TRUE(echoes(entry_.number(), 10s)) << name;
    EXPECT_TRUE(echoes(entry_.number(), 10s)) << name;
    EXPECT_EQ(counted(*towline, "joined"), 2) << name;
    const auto log = towline->log();
    const auto told = log.find("INFO  channel.unmatched");
    ASSERT_NE(told, std::string::npos) << tail(log, 20);
    EXPECT_EQ(log.find("channel.unmatched", told + 20), std::string::npos) << "once";
  }
}

TEST_F(UnmatchedChannel, under_another_address_at_the_same_port_is_nothing_to_tell) {
  for (const auto* name : {"localhost:{port}", ":{port}", "server.example:{port}"}) {
    ForwardingServer server(dir_, name);
    const auto towline = start_at(server, {});
    EXPECT_TRUE(echoes(entry_.number(), 10s)) << name;
    EXPECT_FALSE(towline->has_logged("channel.unmatched")) << name;
  }
}

TEST_F(UnmatchedChannel, that_may_be_for_several_forwards_is_refused_with_a_warning) {
  const FreePort other;
  ForwardingServer server(dir_, "{host}:0");
  const auto a = "127.0.0.1:" + std::to_string(entry_.number());
  const auto b = "127.0.0.1:" + std::to_string(other.number());
  const auto towline = start_at(server, {{"SSH_FORWARDS", "b=-R " + b + to_target()}});
  EXPECT_FALSE(echoes(entry_.number(), 5s));
  EXPECT_EQ(counted(*towline, "ambiguous"), 1);
  EXPECT_TRUE(towline->logged("WARN  channel.unmatched"));
  EXPECT_TRUE(towline->logged("reason=ambiguous"));
  EXPECT_TRUE(towline->logged("named=127.0.0.1:0"));
  EXPECT_TRUE(towline->logged(a)) << "what was asked for";
  EXPECT_TRUE(towline->logged(b));
  EXPECT_TRUE(towline->logged("hint="));
  EXPECT_TRUE(towline->ready());
}

TEST_F(UnmatchedChannel, for_another_port_than_those_of_several_forwards_is_refused_with_a_warning) {
  const FreePort other;
  ForwardingServer server(dir_, "{host}:1");
  const auto towline =
      start_at(server, {{"SSH_FORWARDS", "b=-R 127.0.0.1:" + std::to_string(other.number()) + to_target()}});
  EXPECT_FALSE(echoes(entry_.number(), 5s));
  EXPECT_EQ(counted(*towline, "unasked"), 1);
  EXPECT_TRUE(towline->logged("reason=unasked"));
  EXPECT_TRUE(towline->logged("named=127.0.0.1:1"));
}

TEST_F(UnmatchedChannel, of_the_only_path_is_joined) {
  ForwardingServer server(dir_, "/elsewhere/entry.sock");
  const auto path = dir_.path("entry.sock");
  server.authorize(key_);
  server.start();
  auto variables = tunnel_environment(server, key_, Mode::remote, entry_.number(), target_.port());
  for (const auto* name : {"SSH_MODE", "SSH_TUNNEL_PORT", "SSH_TARGET_HOST", "SSH_TARGET_PORT"})
    variables.erase(name);
  variables["SSH_FORWARDS"] = "-R " + path + to_target();
  const auto towline = start(std::move(variables));
  EXPECT_TRUE(echoes(path, 10s));
  EXPECT_EQ(counted(*towline, "joined"), 1);
  EXPECT_TRUE(towline->logged("named=/elsewhere/entry.sock"));
}

}  // namespace

}  // namespace towline::fixtures
