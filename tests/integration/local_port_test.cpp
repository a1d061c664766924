// A port of -L and -D is towline's from the start to the end, whatever becomes of the session.
#include "integration/fixtures/forwards.hpp"

#include <fstream>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class LocalPort : public Forwards {
 protected:
  // As the port file names it; 0: it names none.
  std::uint16_t told(const std::string& forward) const {
    std::istringstream lines(read_file(path("ports")));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(forward + '='))
        return static_cast<std::uint16_t>(std::stoi(line.substr(forward.size() + 1)));
    }
    return 0;
  }

  Environment with_port_file(const std::string& forwards) const {
    auto variables = environment(forwards);
    variables["TOWLINE_PORT_FILE"] = path("ports");
    return variables;
  }
};

TEST_F(LocalPort, refuses_and_is_taken_by_nobody_during_an_outage) {
  const auto towline = start(with_port_file("l=-L 0:" + loopback(target_.port()) + "; d=-D 0"));
  const auto local = told("l");
  const auto dynamic = told("d");
  ASSERT_TRUE(echoes(local, 5s) && through_socks(dynamic, target_.port()));
  sshd_.kill_all();
  for (const auto port : {local, dynamic}) {
    EXPECT_TRUE(eventually(10s, [&] { return !Socket::connect(port, 100ms).has_value(); }));
    EXPECT_FALSE(Socket::listen(port)) << port;
  }
  EXPECT_EQ(told("l"), local);
  sshd_.start();
  EXPECT_TRUE(eventually(patience, [&] { return echoes(local, 1s); }));
  EXPECT_TRUE(through_socks(dynamic, target_.port()));
  EXPECT_EQ(towline->metric("towline_forward_bound_port", {{"forward", "l"}}), local);
}

TEST_F(LocalPort, that_towline_chooses_is_given_to_no_outgoing_connection) {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first >> last;
  if (first <= 32768 && last == 65535) GTEST_SKIP() << "outgoing connections may have every port here";
  const auto towline = start(with_port_file("l=-L 0:" + loopback(target_.port())));
  EXPECT_TRUE(told("l") < first || told("l") > last) << told("l");
}

TEST_F(LocalPort, that_is_taken_at_the_start_is_known_without_a_server) {
  sshd_.kill_all();
  const auto taken = Socket::listen(0);
  Towline towline(dir_, environment("l=-L " + text(taken->local_port()) + ":" + loopback(target_.port())));
  EXPECT_EQ(towline.process().exit_code(10s), 73);
  EXPECT_TRUE(towline.logged("port_in_use"));
}

TEST_F(LocalPort, is_free_again_when_draining_begins) {
  const auto towline = start(with_port_file("l=-L 0:" + loopback(target_.port())));
  const auto port = told("l");
  auto client = Socket::connect(port, 2s);
  ASSERT_TRUE(client && client->send_all("before", 2s) && client->receive(6, 2s) == "before");
  towline->terminate();
  EXPECT_TRUE(eventually(5s, [&] { return Socket::listen(port).has_value(); }));
  EXPECT_TRUE(client->send_all("after", 2s) && client->receive(5, 2s) == "after") << "it was not drained";
  client->close();
  EXPECT_EQ(towline->process().exit_code(10s), 0);
}

}  // namespace

}  // namespace towline::fixtures
