// What systemd is told by the real program, and what is said where it runs in a container.
#include "doubles/notify_socket.hpp"
#include "integration/fixtures/tunnel.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <signal.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class ToldToSystemd : public TunnelTest {
 protected:
  Environment variables() const {
    auto all = environment(Mode::local, target_.port());
    all["NOTIFY_SOCKET"] = systemd_.name();
    all["PATH"] = "/usr/bin:/bin";
    return all;
  }

  // Everything that was heard, once `text` is in it.
  bool hears(const std::string& text) {
    return eventually(patience, [&] {
      for (const auto& datagram : systemd_.heard()) heard_ += datagram + "\n";
      return heard_.find(text) != std::string::npos;
    });
  }

  EchoServer target_;
  doubles::NotifySocket systemd_{dir_.path("notify")};
  std::string heard_;
};

TEST_F(ToldToSystemd, is_ready_with_the_forwards_reloads_beats_and_stops) {
  auto all = variables();
  all["WATCHDOG_USEC"] = "200000";
  Towline towline(dir_, all);
  EXPECT_TRUE(hears("STATUS=Ready: 1 of 1 forward is up\nREADY=1\n")) << heard_;
  EXPECT_TRUE(echoes(entry_.number(), 2s));
  EXPECT_TRUE(heard_.starts_with("WATCHDOG=1\n") || heard_.starts_with("STATUS=Not ready: main: ")) << heard_;
  heard_.clear();
  EXPECT_TRUE(hears("WATCHDOG=1\n"));
  towline.process().signal(SIGHUP);
  EXPECT_TRUE(hears("RELOADING=1\nMONOTONIC_USEC=")) << heard_;
  EXPECT_TRUE(hears("READY=1\n")) << heard_;
  heard_.clear();
  sshd_.kill_all();
  EXPECT_TRUE(hears("STATUS=Not ready: main: ")) << heard_;
  towline.terminate();
  EXPECT_TRUE(hears("STOPPING=1\n")) << heard_;
  EXPECT_EQ(towline.process().exit_code(10s), 0);
}

TEST_F(ToldToSystemd, is_told_of_by_run_and_not_by_its_program) {
  Towline towline(dir_, variables(), {"run", "--", "/bin/sh", "-c", "exit ${NOTIFY_SOCKET:+9}"});
  EXPECT_EQ(towline.process().exit_code(patience), 0);
  EXPECT_TRUE(hears("READY=1\n") && hears("STOPPING=1\n")) << heard_;
}

class Container : public TunnelTest {
 protected:
  // The log of a life as process 1, up to its first ready.
  std::string life(Environment variables, const std::vector<std::string>& arguments = {}) {
    Towline towline(dir_, std::move(variables), arguments,
                    {"/usr/bin/unshare", "--pid", "--fork", "--kill-child"});
    EXPECT_TRUE(eventually(patience, [&] { return towline.logged("health.ready"); })) << towline.log();
    return towline.log();
  }

  EchoServer target_;
};

TEST_F(Container, that_keeps_a_forward_to_itself_says_so_once) {
  const auto where = "127.0.0.1:" + std::to_string(entry_.number());
  const auto said =
      "SSH_BIND_IP: only this container can reach " + where + "; for others set SSH_BIND_IP=0.0.0.0";
  auto local = environment(Mode::local, target_.port());
  local["SSH_BIND_IP"] = "127.0.0.1";
  EXPECT_THAT(life(local), HasSubstr(said));
  EXPECT_THAT(life(local, {"run", "--", "/usr/bin/sleep", "600"}), Not(HasSubstr("only this container")));
  auto in_a_pod = local;
  in_a_pod["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
  EXPECT_THAT(life(in_a_pod), Not(HasSubstr("only this container")));
  EXPECT_THAT(life(environment(Mode::remote, target_.port())), Not(HasSubstr("only this container")));
  const bool marked =
      fs::exists("/.dockerenv") || fs::exists("/run/.containerenv");  // these tests are in one
  EXPECT_EQ(start(local)->logged("only this container"), marked);
}

}  // namespace

}  // namespace towline::fixtures
