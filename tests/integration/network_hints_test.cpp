// Failures of the network that need one of our own: each says what it is and what to do.
#include "integration/fixtures/hints.hpp"

#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// This thread and all it starts from now on, until the end: a network of nothing but loopback.
class OwnNetwork {
 public:
  OwnNetwork() {
    if (::geteuid() != 0) return;
    before_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (before_ < 0 || ::unshare(CLONE_NEWNET) != 0) throw std::runtime_error("no network of our own");
    output_of({"/sbin/ip", "link", "set", "lo", "up"});
  }
  ~OwnNetwork() {
    if (before_ < 0) return;
    ::setns(before_, CLONE_NEWNET);
    ::close(before_);
  }
  OwnNetwork(const OwnNetwork&) = delete;
  OwnNetwork& operator=(const OwnNetwork&) = delete;

 private:
  int before_ = -1;
};

class NetworkHints : OwnNetwork, public Hints {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "a network namespace needs root";
  }
};

TEST_F(NetworkHints, the_way_is_forbidden) {
  output_of({"/sbin/ip", "route", "add", "prohibit", "198.51.100.1"});
  EXPECT_EQ(without({{"SSH_REMOTE_HOST", "198.51.100.1"}},
                    no_session("unreachable", {"Permission denied"},
                               {"network policy or a firewall on this machine", "198.51.100.1"})),
            "");
}

TEST_F(NetworkHints, the_target_does_not_answer) {
  write_file("/proc/sys/net/ipv4/tcp_syn_retries", "1");  // the system gives up after 3 s
  const FreePort port;
  const auto listener = Socket::listen(port.number());
  ASSERT_TRUE(listener);
  ASSERT_EQ(::listen(listener->fd(), 0), 0);
  std::vector<Socket> queue;  // full, it drops what would make another connection
  while (auto socket = Socket::connect(port.number(), 500ms)) queue.push_back(std::move(*socket));
  const auto towline = start(TunnelTest::environment(Mode::remote, port.number()));
  const auto client = Socket::connect(entry_.number(), 5s);
  EXPECT_EQ(missing_of(not_joined("target_timeout", {"127.0.0.1:" + std::to_string(port.number())},
                                  {"firewall that drops packets between here and the target"}),
                       *towline),
            "");
}

}  // namespace

}  // namespace towline::fixtures
