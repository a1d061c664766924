// Whether others reach a listener of -R: what sshd binds is another thing than what it says yes to.
#include "integration/fixtures/tunnel.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// The server is reached at an address that is not the one sshd binds without GatewayPorts.
class Reach : public TunnelTest {
 protected:
  explicit Reach(const std::string& gateway_ports = "no")
      : TunnelTest({"GatewayPorts " + gateway_ports, "ListenAddress 127.0.0.5"}) {}

  Environment for_others(const std::string& server) const {
    auto variables = environment(Mode::remote, target_.port());
    variables["SSH_REMOTE_HOST"] = server;
    variables["SSH_KNOWN_HOSTS_FILE"] = "/dev/null";
    variables["SSH_BIND_IP"] = "0.0.0.0";
    return variables;
  }

  std::string check(const Environment& variables, int status) {
    Towline towline(dir_, variables, {"check"});
    EXPECT_EQ(towline.process().exit_code(30s), status) << towline.log();
    return towline.log();
  }

  EchoServer target_;
};

class ReachOfAGateway : public Reach {
 protected:
  ReachOfAGateway() : Reach("clientspecified") {}
};

TEST_F(Reach, of_loopback_only_fails_check_and_names_GatewayPorts) {
  const auto text = check(for_others("127.0.0.5"), 73);
  EXPECT_THAT(text, HasSubstr("[failed]  forward         main: the server listens on its loopback only"));
  EXPECT_THAT(text, HasSubstr("-> set GatewayPorts clientspecified"));
  EXPECT_THAT(text, HasSubstr("1 of 10 failed: forward (main); exit code 73"));
}

TEST_F(Reach, that_cannot_be_proved_is_a_warning_with_GatewayPorts) {
  const auto text = check(for_others("127.0.0.1"), 0);
  EXPECT_THAT(text, HasSubstr("[ok]      forward"));
  EXPECT_THAT(text, HasSubstr("[warning] forward         main: it could not be proved"));
  EXPECT_THAT(text, HasSubstr("GatewayPorts"));
}

TEST_F(ReachOfAGateway, is_proved_by_a_connection_that_comes_back) {
  for (const auto* server : {"127.0.0.1", "127.0.0.5"}) {
    const auto text = check(for_others(server), 0);
    EXPECT_THAT(text, HasSubstr("and is reached there"));
    EXPECT_THAT(text, Not(HasSubstr("[warning] forward")));
  }
}

TEST_F(ReachOfAGateway, is_not_asked_after_for_loopback) {
  auto variables = for_others("127.0.0.5");
  variables["SSH_BIND_IP"] = "127.0.0.1";
  EXPECT_THAT(check(variables, 0), Not(HasSubstr("reached there")));
}

TEST_F(Reach, of_loopback_only_is_a_warning_of_a_forward_that_is_up) {
  const auto towline = start(for_others("127.0.0.5"));
  EXPECT_TRUE(eventually(10s, [&] { return towline->logged("forward.reach"); }));
  EXPECT_TRUE(towline->logged("the server listens on its loopback only, and not on 0.0.0.0:"));
  EXPECT_TRUE(towline->ready());
  EXPECT_TRUE(echoes(entry_.number(), 5s));
}

TEST_F(ReachOfAGateway, is_proved_without_a_connection_to_the_target) {
  const auto towline = start(for_others("127.0.0.5"));
  ASSERT_TRUE(eventually(10s, [&] { return towline->logged("forward.reach the server listens on more"); }));
  EXPECT_EQ(target_.accepted(), 0);
}

TEST_F(ReachOfAGateway, is_looked_at_without_losing_who_connects_meanwhile) {
  const Towline towline(dir_, for_others("127.0.0.5"));
  std::atomic<int> echoed = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      std::optional<Socket> socket;
      if (!eventually(patience, [&] { return (socket = Socket::connect(entry_.number(), 1s)).has_value(); }))
        return;
      if (echoes(*socket, 10s)) ++echoed;
    });
  }
  clients.clear();
  EXPECT_EQ(echoed, 8);
}

}  // namespace

}  // namespace towline::fixtures
