#include "admin/healthcheck.hpp"

#include "admin/server.hpp"
#include "async/task.hpp"
#include "observe/board.hpp"
#include "observe/metrics.hpp"
#include "unit/observe/sample_facts.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class HealthcheckTest : public testing::Test {
 protected:
  Readiness ask(const std::string& listen, const std::string& asked) {
    Server server(Options{.listen = net::HostPort{listen, 0}}, board_, metrics_,
                  observe::Log(observe::Options{}));
    if (const auto started = server.start(); !started)
      return {.ready = false, .text = started.error().message()};
    return ask_readiness({asked, server.port()});
  }

  void come_up() {
    pulse_.received(observe::Steady::now());
    observe::ForwardStatus status;
    status.state = observe::ForwardState::up;
    slot_.publish(status);
  }

  std::vector<observe::ForwardTraits> traits_{observe::sample_traits("db")};
  observe::Board board_;
  observe::Metrics metrics_{observe::BuildInfo{}, traits_, observe::Log(observe::Options{})};
  observe::Pulse& pulse_ = board_.add_pulse("main");
  observe::ForwardSlot& slot_ = board_.add_forward(traits_[0], pulse_);
};

TEST_F(HealthcheckTest, a_ready_agent_is_ready) {
  come_up();
  for (const auto* address : {"127.0.0.1", "0.0.0.0", "localhost", ""}) {
    const Readiness readiness = ask(address, address);
    EXPECT_TRUE(readiness.ready) << '"' << address << "\": " << readiness.text;
    EXPECT_THAT(readiness.text, HasSubstr("[+]forward/db up"));
  }
}

TEST_F(HealthcheckTest, an_unready_agent_tells_why) {
  const Readiness readiness = ask("0.0.0.0", "0.0.0.0");
  EXPECT_FALSE(readiness.ready);
  EXPECT_THAT(readiness.text, HasSubstr("not ready: reason=resolving forward=db"));
}

TEST(Healthcheck, nobody_there_is_not_ready) {
  asio::io_context io;
  asio::ip::tcp::socket bound(io, {asio::ip::address_v4::loopback(), 0});  // held, but not listening
  const auto port = bound.local_endpoint().port();
  const Readiness readiness = ask_readiness({"127.0.0.1", port});
  EXPECT_FALSE(readiness.ready);
  EXPECT_THAT(readiness.text, HasSubstr("nobody answers at 127.0.0.1:" + std::to_string(port)));
}

TEST(Healthcheck, an_agent_that_accepts_and_says_nothing_is_given_up) {
  asio::io_context io;
  asio::ip::tcp::acceptor silent(io, {asio::ip::address_v4::loopback(), 0});
  const Readiness readiness = ask_readiness({"127.0.0.1", silent.local_endpoint().port()}, 100ms);
  EXPECT_FALSE(readiness.ready);
  EXPECT_THAT(readiness.text, HasSubstr("no answer from 127.0.0.1"));
}

}  // namespace
}  // namespace towline::admin
