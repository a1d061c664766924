// More clients than descriptors: connections are refused, and everything else goes on.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/ssh_agent.hpp"

#include <filesystem>
#include <sys/resource.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// The tests' own ends need more than towline has.
void raise_own_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> with_descriptors(const std::string& limit) {
  return {"/bin/sh", "-c", "ulimit " + limit + " && exec \"$@\"", "sh"};
}

using Sockets = std::vector<Socket>;

class FewDescriptors : public Forwards, public testing::WithParamInterface<int> {
 protected:
  FewDescriptors() : Forwards({"MaxSessions 2000"}) { raise_own_limit(); }

  std::unique_ptr<Towline> start_with(const std::string& limit, Environment variables) {
    variables["TOWLINE_LOG_LEVEL"] = "info";
    auto towline = std::make_unique<Towline>(dir_, std::move(variables), std::vector<std::string>(),
                                             with_descriptors(limit));
    EXPECT_TRUE(towline->ready_within(patience)) << towline->log();
    return towline;
  }

  std::string every_kind() const {
    const auto tcp = loopback(target_.port());
    return "local=-L " + loopback(local_.number()) + ":" + tcp +                                //
           ";dynamic=-D " + loopback(dynamic_.number()) +                                       //
           ";remote=-R " + loopback(remote_.number()) + ":localhost:" + text(target_.port()) +  //
           ";unix=-L " + path("entry.sock") + ":" + tcp;
  }

  // Half a SOCKS greeting each for -D; the others say nothing.
  Sockets crowd(int of_each) const {
    Sockets all;
    const auto add = [&](std::optional<Socket> client) {
      if (client) all.push_back(std::move(*client));
    };
    for (int i = 0; i < of_each; ++i) {
      add(Socket::connect(local_.number(), 5s));
      auto greeting = Socket::connect(dynamic_.number(), 5s);
      if (greeting) greeting->send_all("\5", 5s);
      add(std::move(greeting));
      add(Socket::connect(remote_.number(), 5s));
      add(Socket::connect(path("entry.sock"), 5s));
    }
    return all;
  }

  bool every_kind_works() const {
    const auto by_socks = [&] {
      auto client = through_socks(dynamic_.number(), target_.port());
      return client && echoes(*client, 5s);
    };
    return echoes(local_.number(), 5s) && by_socks() && echoes(remote_.number(), 5s) &&
           echoes(path("entry.sock"), 5s);
  }

  static void expect_health(const Towline& towline, const TempDir& dir) {
    EXPECT_EQ(towline.status("/livez"), 200);
    EXPECT_EQ(towline.status("/readyz"), 200);
    EXPECT_EQ(towline.status("/metrics"), 200);
    const auto admin = "127.0.0.1:" + text(towline.admin_port());
    Process check(
        {{product().binary, "healthcheck"}, {{"TOWLINE_ADMIN_LISTEN", admin}}, dir.path("healthcheck.log")});
    EXPECT_EQ(check.exit_code(patience), 0);
  }

  FreePort local_;
  FreePort dynamic_;
  FreePort remote_;
};

TEST_P(FewDescriptors, are_left_to_health_and_sessions_by_more_clients_than_there_are) {
  const auto towline = start_with("-n " + std::to_string(GetParam()), environment(every_kind()));
  ASSERT_TRUE(every_kind_works()) << towline->log();
  const auto sum = [&](const char* name) { return towline->metric(name); };
  ASSERT_TRUE(eventually(patience, [&] { return sum("towline_connections_active") == 0; }));
  const auto before = sum("process_open_fds");

  auto clients = crowd(GetParam() / 2);
  EXPECT_TRUE(eventually(patience, [&] {
    return towline->metric("towline_connections_failed_total", {{"reason", "limit"}}) > 0;
  }));
  expect_health(*towline, dir_);
  EXPECT_EQ(sum("process_max_fds"), GetParam());
  EXPECT_LT(sum("process_open_fds"), GetParam());
  EXPECT_EQ(towline->metric("towline_connections_failed_total", {{"reason", "resource_shortage"}}), 0);
  EXPECT_TRUE(towline->logged("the descriptors of this process are used up")) << towline->log();
  sshd_.kill_sessions();
  EXPECT_TRUE(eventually(patience, [&] { return sum("towline_ssh_reconnects_total") == 4; }))
      << "the session has to come back beside them";
  EXPECT_TRUE(eventually(patience, [&] { return towline->status("/readyz") == 200; })) << towline->log();
  expect_health(*towline, dir_);

  clients.clear();
  EXPECT_TRUE(eventually(patience,
                         [&] {
                           return sum("towline_connections_active") == 0 &&
                                  sum("towline_connections_waiting") == 0 &&
                                  sum("process_open_fds") <= before;
                         }))
      << sum("process_open_fds") << " of " << before;
  EXPECT_TRUE(eventually(patience, [&] { return every_kind_works(); })) << towline->log();
}

INSTANTIATE_TEST_SUITE_P(Limits, FewDescriptors, testing::Values(64, 256, 1024),
                         [](const auto& info) { return std::to_string(info.param); });

class Crowd : public FewDescriptors {};

TEST_P(Crowd, of_4096_clients_takes_what_there_is_and_leaves_it_again) {
  const auto towline = start_with("-n " + std::to_string(GetParam()), environment(every_kind()));
  Sockets clients;
  for (int i = 0; i < 4096; ++i) {
    if (auto client = Socket::connect(dynamic_.number(), 5s)) clients.push_back(std::move(*client));
  }
  EXPECT_TRUE(towline->logged("WARN  limits.descriptors")) << towline->log();
  const auto limit = towline->metric("towline_connections_limit", {{"forward", "dynamic"}});
  EXPECT_GT(limit, GetParam() / 2);
  EXPECT_TRUE(eventually(patience, [&] {
    return towline->metric("towline_connections_failed_total", {{"reason", "limit"}}) >= 4096 - limit;
  }));
  EXPECT_LE(towline->metric("towline_connections_waiting"), limit);
  expect_health(*towline, dir_);
  clients.clear();
  EXPECT_TRUE(eventually(patience, [&] { return every_kind_works(); })) << towline->log();
}

INSTANTIATE_TEST_SUITE_P(Limits, Crowd, testing::Values(256, 1024),
                         [](const auto& info) { return std::to_string(info.param); });

TEST_F(FewDescriptors, that_a_probe_cannot_have_either_are_why_it_fails) {
  auto variables = environment("remote=-R " + loopback(remote_.number()) + ":" + loopback(target_.port()) +
                               " max_connections=1");
  variables["SSH_PROBE"] = "tcp";
  variables["SSH_PROBE_INTERVAL"] = "1s";
  const auto towline = start(variables);
  std::optional<Socket> only;
  ASSERT_TRUE(eventually(patience, [&] {
    only = Socket::connect(remote_.number(), 5s);  // a probe may have the place
    return only && echoes(*only, 5s);
  }));
  EXPECT_TRUE(eventually(patience, [&] {
    return towline->metric("towline_probe_failures_total", {{"reason", "limit"}}) > 0;
  })) << towline->log();
  EXPECT_EQ(towline->metric("towline_probe_failures_total", {{"reason", "connect"}}), 0);
  EXPECT_TRUE(towline->logged("see the line conn.error of this forward"));
}

TEST_F(FewDescriptors, are_raised_to_the_hard_limit_and_not_for_the_program_of_run) {
  auto variables = environment("local=-L " + loopback(local_.number()) + ":" + loopback(target_.port()));
  const auto said = path("said");
  Towline run(dir_, std::move(variables),
              {"run", "--", "/bin/sh", "-c", "ulimit -Sn >" + said + "; ulimit -Hn >>" + said},
              with_descriptors("-Sn 100 && ulimit -Hn 300"));
  EXPECT_EQ(run.process().exit_code(patience), 0) << run.log();
  EXPECT_EQ(read_file(said), "100\n300\n");
  EXPECT_TRUE(run.logged("descriptors=300")) << run.log();
}

TEST_F(FewDescriptors, for_the_first_connection_are_a_problem_at_start) {
  for (const auto& [command, code] : {std::pair{"up", 71}, {"run", 125}}) {
    std::vector<std::string> arguments{command};
    if (code == 125) arguments.insert(arguments.end(), {"--", "/bin/true"});
    Towline towline(dir_, environment("-D " + loopback(dynamic_.number())), arguments,
                    with_descriptors("-n 16"));
    EXPECT_EQ(towline.process().exit_code(patience), code) << towline.log();
    EXPECT_TRUE(towline.logged("allows 16 open files, and towline needs ")) << towline.log();
    EXPECT_TRUE(towline.logged("ulimit -Hn"));
  }
}

// The limit is lowered while towline runs: nobody could have shared that out.
class NoDescriptor : public Forwards {
 protected:
  void SetUp() override {
    if (product().instrumented)
      GTEST_SKIP() << "UBSan looks at memory through a pipe, and could not open one";
  }

  // From here on exactly so many more can be opened; what is open stays so.
  static rlimit leave(Towline& towline, int descriptors) {
    const auto pid = towline.process().pid();
    rlimit before{};
    EXPECT_EQ(::prlimit(pid, RLIMIT_NOFILE, nullptr, &before), 0);
    rlimit left{.rlim_cur = 0, .rlim_max = before.rlim_max};
    for (; descriptors > 0; ++left.rlim_cur) {
      if (!fs::exists("/proc/" + std::to_string(pid) + "/fd/" + std::to_string(left.rlim_cur))) --descriptors;
    }
    EXPECT_EQ(::prlimit(pid, RLIMIT_NOFILE, &left, nullptr), 0);
    return before;
  }
  static void give_back(Towline& towline, const rlimit& before) {
    EXPECT_EQ(::prlimit(towline.process().pid(), RLIMIT_NOFILE, &before, nullptr), 0);
  }
};

TEST_F(NoDescriptor, for_the_target_is_not_the_targets_fault) {
  for (const auto& host : {"127.0.0.1", "localhost"}) {
    const auto towline =
        start(environment("-R " + loopback(entry_.number()) + ":" + host + ":" + text(target_.port())));
    const auto before = leave(*towline, 0);
    auto client = Socket::connect(entry_.number(), 5s);
    EXPECT_TRUE(client && client->closed_within(patience));
    give_back(*towline, before);
    EXPECT_TRUE(eventually(patience, [&] {
      return towline->metric("towline_connections_failed_total", {{"reason", "resource_shortage"}}) == 1;
    })) << towline->log();
    EXPECT_TRUE(towline->logged("Too many open files")) << towline->log();
    EXPECT_TRUE(towline->logged("hint=\"raise what ran out here: open files (ulimit -n"));
    EXPECT_TRUE(echoes(entry_.number(), 5s));
  }
}

TEST_F(NoDescriptor, for_a_client_leaves_it_in_the_queue_until_there_is_one) {
  const auto towline = start(environment("-L " + loopback(entry_.number()) + ":" + loopback(target_.port())));
  const auto before = leave(*towline, 0);
  auto client = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(client && client->send_all("x", 5s));
  EXPECT_TRUE(eventually(patience, [&] { return towline->logged("could not accept a connection"); }));
  const auto http = Socket::connect(towline->admin_port(), 5s);
  EXPECT_TRUE(eventually(patience, [&] { return towline->logged("admin.not_accepted"); }));
  const auto cpu = cpu_time(towline->process().pid());
  EXPECT_TRUE(throughout(1s, [&] { return towline->process().running(); }));
  EXPECT_LT(cpu_time(towline->process().pid()) - cpu, 300ms) << "it turns in circles";
  give_back(*towline, before);
  EXPECT_EQ(client->receive(1, patience), "x");
  EXPECT_GT(towline->metric("towline_http_accept_failures_total"), 0);
  const auto log = towline->log();
  const auto line = log.find("could not accept a connection");
  EXPECT_EQ(log.find("could not accept a connection", line + 1), log.npos) << "more than once in 30 s";
}

// The session is lost, and made again with so many descriptors: what cannot be opened then is not refused.
TEST_F(NoDescriptor, for_known_hosts_keys_and_agent_says_nothing_about_them) {
  const SshAgent agent(dir_);
  agent.add(key_.private_file);
  auto variables = environment("-R " + loopback(entry_.number()) + ":" + loopback(target_.port()));
  variables["TOWLINE_EXIT_ON"] = "host_key,auth";
  variables["TOWLINE_BACKOFF_MAX"] = "1s";
  const auto known_hosts_file = variables["SSH_KNOWN_HOSTS_FILE"];
  auto inline_hosts = variables;
  inline_hosts.erase("SSH_KNOWN_HOSTS_FILE");
  inline_hosts["SSH_KNOWN_HOSTS"] = "* " + sshd_.host_key().public_line;
  auto by_agent = inline_hosts;
  by_agent.erase("SSH_KEY_FILE");
  by_agent["SSH_AUTH_SOCK"] = agent.socket();
  struct Row {
    const Environment& variables;
    int descriptors;  // 1: for the connection
    std::string what;
  };
  for (const auto& row : {Row{variables, 0, known_hosts_file}, Row{inline_hosts, 1, key_.private_file},
                          Row{by_agent, 1, agent.socket()}}) {
    const auto towline = start(row.variables);
    const auto before = leave(*towline, 0);
    sshd_.kill_sessions();
    EXPECT_TRUE(eventually(patience, [&] { return towline->logged("ssh.disconnected"); }));
    leave(*towline, row.descriptors);
    // An attempt that failed for another descriptor meanwhile holds the line of this one back for 30 s.
    EXPECT_TRUE(
        eventually(2 * patience, [&] { return towline->logged("err=\"Too many open files: " + row.what); }))
        << row.what << towline->log();
    EXPECT_TRUE(towline->process().running()) << "it is neither host_key nor auth";
    give_back(*towline, before);
    EXPECT_TRUE(eventually(patience, [&] { return echoes(entry_.number(), 1s); })) << towline->log();
    EXPECT_GT(towline->metric("towline_ssh_connect_failures_total", {{"reason", "resource_shortage"}}), 0);
  }
}

}  // namespace

}  // namespace towline::fixtures
