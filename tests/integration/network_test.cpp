// An address that appears ends a wait: in a network namespace of its own.
#include "integration/fixtures/tunnel.hpp"

#include <filesystem>
#include <signal.h>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class NetworkNamespace {
 public:
  NetworkNamespace() : name_("towline-test-" + std::to_string(::getpid())) {
    output_of({"/sbin/ip", "netns", "add", name_});
  }
  ~NetworkNamespace() { output_of({"/sbin/ip", "netns", "delete", name_}); }
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  std::vector<std::string> inside(const std::vector<std::string>& command) const {
    std::vector<std::string> all{"/sbin/ip", "netns", "exec", name_};
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }

 private:
  std::string name_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

using Network = TunnelTest;

TEST_F(Network, an_address_that_appears_ends_the_wait) {
  if (::geteuid() != 0) GTEST_SKIP() << "a network namespace needs root";
  const NetworkNamespace network;
  auto variables = environment(Mode::local, 9);
  const auto known_hosts = dir_.path("known_hosts");
  write_file(known_hosts, read_file(sshd_.known_hosts_file()));
  variables["SSH_KNOWN_HOSTS_FILE"] = known_hosts;
  variables["TOWLINE_ADMIN_LISTEN"] = "off";
  const auto log_file = dir_.path("towline.log");
  Process towline({network.inside({product().binary}), variables, log_file});
  const auto log = [&] { return read_file(log_file); };
  const auto attempts = [&] { return count(log(), "ssh.connecting"); };
  ASSERT_TRUE(eventually(10s, [&] { return attempts() >= 1; }));
  // Without the file each failure is one that waits for at least 30 s.
  std::filesystem::remove(known_hosts);
  ASSERT_TRUE(eventually(30s, [&] { return count(log(), "reason=host_key") >= 1; })) << tail(log(), 20);
  const auto before = attempts();
  output_of(network.inside({"/sbin/ip", "address", "add", "192.0.2.7/24", "dev", "lo"}));
  EXPECT_TRUE(eventually(10s, [&] { return attempts() > before; })) << tail(log(), 20);
  EXPECT_EQ(count(log(), "network.changed"), 1U);
  towline.signal(SIGTERM);
  EXPECT_EQ(towline.exit_code(10s), 0);
}

}  // namespace

}  // namespace towline::fixtures
