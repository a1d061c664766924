// Names as resolv.conf says, with name servers that do not answer for everything.
#include "integration/fixtures/hints.hpp"

#include <gmock/gmock.h>

#include <random>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Not;
using testing::StartsWith;

std::string some_loopback_address() {
  std::random_device random;
  return "127." + std::to_string(2 + random() % 250) + '.' + std::to_string(random() % 256) + '.' +
         std::to_string(1 + random() % 250);
}

// name_server.py; see there for the rules.
class ScriptedNameServer {
 public:
  ScriptedNameServer(TempDir& dir, const Words& rules)
      : questions_(dir.fresh_path("questions", ".txt")),
        log_(dir.fresh_path("name_server", ".log")),
        process_(command(rules)) {
    if (!eventually(10s, [&] { return read_file(log_).find("up") != std::string::npos; }))
      throw std::runtime_error("the name server does not start: " + read_file(log_));
  }

  const std::string& address() const { return address_; }
  Words questions() const {
    std::istringstream lines(read_file(questions_));
    Words all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    return all;
  }

 private:
  Command command(const Words& rules) {
    write_file(questions_, "");
    write_file(log_, "");
    Words argv{"/usr/bin/python3", std::string(TOWLINE_TESTS_DIR) + "/integration/name_server.py", address_,
               questions_};
    argv.insert(argv.end(), rules.begin(), rules.end());
    return {argv, {{"PATH", "/usr/bin:/bin"}}, log_};
  }

  std::string address_ = some_loopback_address();
  std::string questions_;
  std::string log_;
  Process process_;
};

class Names : public TunnelTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "a mount namespace and port 53 need root";
  }

  // `towline check` of a server and a target of -R with this name, with this resolv.conf. Its exit status,
  // and how long it took.
  struct Checked {
    int status = -1;
    Milliseconds took{};
    std::string report;
  };
  Checked check(const std::string& resolv_conf, const std::string& host, const Environment& changes = {},
                const std::string& hosts = "127.0.0.1 localhost\n") {
    const auto resolv_file = dir_.fresh_path("resolv", ".conf");
    const auto hosts_file = dir_.fresh_path("hosts", "");
    write_file(resolv_file, resolv_conf);
    write_file(hosts_file, hosts);
    auto variables = environment(Mode::remote, target_.port());
    variables["SSH_REMOTE_HOST"] = host;
    variables["SSH_TARGET_HOST"] = host;
    variables["SSH_KNOWN_HOSTS_FILE"] = "/dev/null";
    for (const auto& [name, value] : changes) variables[name] = value;
    auto starter = after_mounting(resolv_file, "/etc/resolv.conf");
    const auto second = after_mounting(hosts_file, "/etc/hosts");
    starter.insert(starter.end(), second.begin(), second.end());
    const auto began = std::chrono::steady_clock::now();
    Towline towline(dir_, variables, {"check"}, starter);
    Checked checked;
    checked.status = towline.process().exit_code(patience).value_or(-1);
    checked.took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - began);
    checked.report = towline.log();
    return checked;
  }

  std::string conf(const ScriptedNameServer& server, const std::string& more = {}) const {
    return "nameserver " + server.address() + "\n" + more;
  }

  EchoServer target_;
};

struct Silence {
  const char* what;
  Words rules;
  const char* options;  // lines of resolv.conf
  Environment changes;
  Words asked_for;      // each is
  Words not_asked_for;  // none is
};

// Server and target are looked up one after the other; no timeout of a name server's may be in it, however
// slow the machine is.
const std::string patient = "options timeout:10\n";
constexpr auto no_timeout = 5s;

TEST_F(Names, are_used_as_soon_as_one_family_is_known) {
  const std::string a = "slow.test/A=127.0.0.1";
  const std::vector<Silence> table{
      {"IPv6 is not answered for", {a, "slow.test/AAAA=silent"}, "", {}, {"udp slow.test AAAA"}, {}},
      {"IPv6 fails", {a, "slow.test/AAAA=servfail"}, "", {}, {"udp slow.test AAAA"}, {}},
      {"IPv6 is refused", {a, "slow.test/AAAA=refused"}, "", {}, {"udp slow.test AAAA"}, {}},
      {"-4",
       {a, "slow.test/AAAA=silent"},
       "",
       {{"SSH_OPTIONS", "-4"}},
       {"udp slow.test A"},
       {"udp slow.test AAAA"}},
      {"AddressFamily",
       {a},
       "",
       {{"SSH_OPTIONS", "-o AddressFamily=inet"}},
       {"udp slow.test A"},
       {"udp slow.test AAAA"}},
      {"no-aaaa",
       {a, "slow.test/AAAA=silent"},
       "options no-aaaa\n",
       {},
       {"udp slow.test A"},
       {"udp slow.test AAAA"}},
      {"RES_OPTIONS",
       {a, "slow.test/AAAA=silent"},
       "",
       {{"RES_OPTIONS", "no-aaaa"}},
       {"udp slow.test A"},
       {"udp slow.test AAAA"}},
      {"single-request",
       {a, "slow.test/AAAA=silent"},
       "options single-request\n",
       {},
       {"udp slow.test AAAA"},
       {}},
      {"use-vc", {a}, "options use-vc\n", {}, {"tcp slow.test A"}, {"udp slow.test A"}},
      {"a cut answer",
       {"slow.test/A=truncated:127.0.0.1"},
       "",
       {},
       {"udp slow.test A", "tcp slow.test A"},
       {}},
  };
  for (const auto& row : table) {
    const ScriptedNameServer server(dir_, row.rules);
    const auto checked = check(conf(server, patient + row.options), "slow.test", row.changes);
    EXPECT_EQ(checked.status, 0) << row.what << '\n' << checked.report;
    EXPECT_LT(checked.took, no_timeout) << row.what;
    const auto questions = server.questions();
    for (const auto& question : row.asked_for) EXPECT_THAT(questions, Contains(question)) << row.what;
    for (const auto& question : row.not_asked_for)
      EXPECT_THAT(questions, Not(Contains(question))) << row.what;
  }
}

TEST_F(Names, are_searched_for_as_in_kubernetes_though_ipv6_is_never_answered_for) {
  const ScriptedNameServer server(dir_, {"db.svc.cluster.test/A=127.0.0.1", "*/AAAA=silent"});
  const auto checked = check(
      conf(server, patient + "search ns.svc.cluster.test svc.cluster.test cluster.test\noptions ndots:5\n"),
      "db");
  EXPECT_EQ(checked.status, 0) << checked.report;
  EXPECT_LT(checked.took, no_timeout);
  EXPECT_THAT(server.questions(), Contains("udp db.ns.svc.cluster.test A"));
  EXPECT_THAT(server.questions(), Not(Contains("udp db A")));
}

TEST_F(Names, are_searched_for_in_the_domain_of_the_variable) {
  const ScriptedNameServer server(dir_, {"db.here.test/A=127.0.0.1"});
  const auto checked = check(conf(server, "search elsewhere.test\n"), "db", {{"LOCALDOMAIN", "here.test"}});
  EXPECT_EQ(checked.status, 0) << checked.report;
  EXPECT_THAT(server.questions(), Not(Contains(StartsWith("udp db.elsewhere.test"))));
}

TEST_F(Names, are_asked_of_the_next_server_where_the_first_is_silent) {
  const ScriptedNameServer dead(dir_, {"*/A=silent", "*/AAAA=silent"});
  const ScriptedNameServer good(dir_, {"db.test/A=127.0.0.1"});
  const auto text = conf(dead) + conf(good, "options timeout:1\n");
  const auto checked = check(text, "db.test", {{"SSH_CONNECT_TIMEOUT", "10s"}});
  EXPECT_EQ(checked.status, 0) << checked.report;
  EXPECT_LT(checked.took, 5s);
  EXPECT_THAT(dead.questions(), Contains("udp db.test A"));
}

TEST_F(Names, of_the_hosts_file_are_not_asked_for) {
  const ScriptedNameServer server(dir_, {"*/A=192.0.2.1"});
  const auto checked = check(conf(server), "db", {}, "127.0.0.1 localhost db\n");
  EXPECT_EQ(checked.status, 0) << checked.report;
  EXPECT_THAT(server.questions(), testing::IsEmpty());
  EXPECT_EQ(check(conf(server), "localhost").status, 0);
  EXPECT_THAT(server.questions(), testing::IsEmpty());
}

TEST_F(Names, that_nobody_answers_for_leave_time_and_say_so) {
  const ScriptedNameServer dead(dir_, {"*/A=silent", "*/AAAA=silent"});
  const auto checked = check(conf(dead, "options timeout:1 attempts:1\n"), "db.test");
  EXPECT_NE(checked.status, 0);
  EXPECT_LT(checked.took, 5s);
  EXPECT_NE(checked.report.find("no answer from the name server in time"), std::string::npos)
      << checked.report;
  EXPECT_THAT(dead.questions(), testing::UnorderedElementsAre("udp db.test A", "udp db.test AAAA"));
}

// A network of its own, whose only name server has an address that means nothing without the interface; what
// is started in it ends with towline.
TEST_F(Names, are_asked_of_a_link_local_name_server_on_its_interface) {
  const auto resolv_conf = dir_.path("scoped.conf");
  const auto questions = dir_.path("scoped_questions");
  const auto up = dir_.path("scoped_up");
  write_file(resolv_conf, "nameserver fe80::53%towline0\noptions timeout:1 attempts:1\n");
  const auto server = "python3 " TOWLINE_TESTS_DIR "/integration/name_server.py fe80::53%towline0 " +
                      questions + " scoped.test/A=127.0.0.1";
  const auto script = R"(PATH=/usr/bin:/bin:/usr/sbin:/sbin
ip link set lo up && ip link add towline0 type veth peer name towline1 && ip link set towline1 up &&
ip link set towline0 up && ip address add fe80::53/64 dev towline0 nodad &&
mount --bind )" + resolv_conf +
                      " /etc/resolv.conf && mkfifo " + up + " || exit 99\n" + server + " >" + up +
                      " & read -r _ <" + up + "\nexec \"$@\"";
  auto variables = environment(Mode::local, target_.port());
  variables["SSH_REMOTE_HOST"] = "scoped.test";
  Towline towline(dir_, variables, {"check"},
                  {"/usr/bin/unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c",
                   script, "sh"});
  EXPECT_EQ(towline.process().exit_code(patience), 69) << "nothing but the name server is in this network";
  EXPECT_TRUE(towline.logged("Connection refused: 127.0.0.1:")) << towline.log();
  EXPECT_NE(read_file(questions).find("udp scoped.test A"), std::string::npos);
}

}  // namespace

}  // namespace towline::fixtures
