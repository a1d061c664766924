// Each failure of a listener, a connection or a probe, and of the start, caused with real parts, says what it
// is and what to do. Those of unix sockets, SOCKS and settings are also in tests of their own.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/hints.hpp"
#include "integration/fixtures/name_server.hpp"

#include <filesystem>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
// A user without privileges; the key and the folders on the way to it are opened to it.
Words as_nobody() { return {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}; }

class ForwardHints : public Forwards {
 protected:
  explicit ForwardHints(Words sshd_config = {}) : Forwards(std::move(sshd_config)) {}

  // A forward beside one that works, so that towline goes on.
  std::string beside_a_good_one(const std::string& forward, const Told& told, const Words& starter = {}) {
    const FreePort good;
    const Towline towline(dir_,
                          environment("bad=" + forward + ";good=-L " + loopback(good.number()) + ":" +
                                      loopback(target_.port())),
                          {}, starter);
    return missing_of(told, towline);
  }

  // What is told when somebody connects to the forward's port.
  std::string on_connection(Mode mode, const Environment& changes, std::uint16_t target, const Told& told,
                            const Words& starter = {}) {
    auto variables = TunnelTest::environment(mode, target);
    for (const auto& [name, value] : changes) variables[name] = value;
    const Towline towline(dir_, std::move(variables), {}, starter);
    if (!towline.ready_within(30s)) return "it is not ready";
    const auto client = Socket::connect(entry_.number(), 5s);
    return missing_of(told, towline);
  }

  void open_to_nobody() const {
    namespace fs = std::filesystem;
    fs::permissions(dir_.path(""), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    for (const auto& file : {key_.private_file, sshd_.known_hosts_file()})
      fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  }

  // What it printed, after it has ended with `code`.
  std::string output_of_end(const Environment& changes, int code, const Words& starter = {}) {
    auto variables = TunnelTest::environment(Mode::local, target_.port());
    for (const auto& [name, value] : changes) variables[name] = value;
    Towline towline(dir_, std::move(variables), {}, starter);
    EXPECT_EQ(towline.process().exit_code(30s), code) << towline.log();
    return towline.log();
  }
};

struct ForbiddingHints : ForwardHints {
  ForbiddingHints() : ForwardHints({"AllowTcpForwarding no"}) {}
};
struct AnyAddressHints : ForwardHints {
  AnyAddressHints() : ForwardHints({"GatewayPorts clientspecified"}) {}
};
struct SelectiveHints : ForwardHints {
  SelectiveHints() : ForwardHints({"PermitListen 127.0.0.1:1", "PermitOpen 127.0.0.1:1"}) {}
};

TEST_F(ForwardHints, the_servers_port_is_taken) {
  const auto occupant = Socket::listen(entry_.number());
  ASSERT_TRUE(occupant);
  EXPECT_EQ(beside_a_good_one("-R " + loopback(entry_.number()) + ":" + loopback(target_.port()),
                              not_listening("refused", {loopback(entry_.number())},
                                            {"ClientAliveInterval", "PermitListen", "GatewayPorts"})),
            "");
}

TEST_F(ForbiddingHints, the_server_forbids_forwards) {
  EXPECT_EQ(beside_a_good_one("-R " + loopback(entry_.number()) + ":" + loopback(target_.port()),
                              not_listening("refused", {loopback(entry_.number())}, {"AllowTcpForwarding"})),
            "");
}

TEST_F(SelectiveHints, the_server_permits_another_port_only) {
  EXPECT_EQ(beside_a_good_one("-R " + loopback(entry_.number()) + ":" + loopback(target_.port()),
                              not_listening("refused", {loopback(entry_.number())}, {"PermitListen"})),
            "");
}

TEST_F(AnyAddressHints, the_server_has_no_such_address) {
  const auto address = "192.0.2.1:" + text(entry_.number());
  EXPECT_EQ(beside_a_good_one("-R " + address + ":" + loopback(target_.port()),
                              not_listening("refused", {address}, {"GatewayPorts", "other addresses than"})),
            "");
}

TEST_F(ForwardHints, the_server_listens_on_loopback_whatever_it_is_asked_for) {
  // GatewayPorts no: sshd says yes to 127.0.0.2 and listens on 127.0.0.1; only a probe can tell.
  auto variables = environment("-R 127.0.0.2:" + text(entry_.number()) + ":" + loopback(target_.port()));
  variables["SSH_PROBE"] = "tcp";
  const Towline towline(dir_, std::move(variables));
  EXPECT_EQ(missing_of({.event = "probe.failed",
                        .metric = "towline_probe_failures_total",
                        .reason = "connect",
                        .words = {},
                        .hint = {"listens on the address asked for (GatewayPorts)"},
                        .in_readyz = false},
                       towline),
            "");
}

TEST_F(ForwardHints, the_servers_socket_cannot_be_made) {
  EXPECT_EQ(beside_a_good_one("-R " + path("no-such-folder/socket") + ":" + loopback(target_.port()),
                              not_listening("refused", {path("no-such-folder/socket")},
                                            {"StreamLocalBindUnlink", "AllowStreamLocalForwarding"})),
            "");
}

TEST_F(ForwardHints, the_local_port_is_taken) {
  EXPECT_EQ(beside_a_good_one("-L " + loopback(target_.port()) + ":" + loopback(target_.port()),
                              not_listening("port_in_use", {loopback(target_.port())}, {"another port"})),
            "");
}

TEST_F(ForwardHints, the_local_address_is_not_ours) {
  EXPECT_EQ(beside_a_good_one("-L 192.0.2.1:8080:" + loopback(target_.port()),
                              not_listening("address", {"192.0.2.1:8080"}, {"one of this machine"})),
            "");
}

TEST_F(ForwardHints, the_local_port_needs_a_capability) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  if (std::stoi("0" + read_file("/proc/sys/net/ipv4/ip_unprivileged_port_start")) < 1000)
    GTEST_SKIP() << "every port is free to everybody here";
  open_to_nobody();
  EXPECT_EQ(
      beside_a_good_one("-L 127.0.0.1:999:" + loopback(target_.port()),
                        not_listening("denied", {"127.0.0.1:999"}, {"capability", "1024"}), as_nobody()),
      "");
}

TEST_F(ForwardHints, somebody_listens_on_the_local_socket) {
  const EchoServer other(path("taken.sock"));
  EXPECT_EQ(beside_a_good_one("-L " + path("taken.sock") + ":" + loopback(target_.port()),
                              not_listening("port_in_use", {path("taken.sock"), "Address already in use"},
                                            {"another path"})),
            "");
}

TEST_F(ForwardHints, the_local_socket_was_left_behind) {
  Socket::listen(path("left.sock"))->close();
  EXPECT_EQ(beside_a_good_one("-L " + path("left.sock") + ":" + loopback(target_.port()),
                              not_listening("port_in_use", {path("left.sock"), "nobody listens"},
                                            {"remove it", "StreamLocalBindUnlink=yes"})),
            "");
}

TEST_F(ForwardHints, the_folder_of_the_local_socket_is_not_for_us) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  open_to_nobody();
  EXPECT_EQ(
      beside_a_good_one("-L " + path("l.sock") + ":" + loopback(target_.port()),
                        not_listening("denied", {path("l.sock")}, {"writable for the user"}), as_nobody()),
      "");
}

TEST_F(ForwardHints, a_proxy_client_speaks_no_socks) {
  const auto towline = start(environment("-D " + loopback(entry_.number())));
  auto client = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(client && client->send_all("GET / HTTP/1.1\r\n\r\n", 5s));
  EXPECT_EQ(missing_of(not_joined("handshake", {}, {"HTTP proxy"}), *towline), "");
}

TEST_F(ForwardHints, a_file_is_where_the_local_socket_should_be) {
  write_file(path("file"), "");
  EXPECT_EQ(beside_a_good_one("-L " + path("file") + ":" + loopback(target_.port()),
                              not_listening("port_in_use", {path("file")}, {"remove the file"})),
            "");
}

TEST_F(ForwardHints, the_folder_of_the_local_socket_is_missing) {
  EXPECT_EQ(
      beside_a_good_one("-L " + path("no-such-folder/socket") + ":" + loopback(target_.port()),
                        not_listening("address", {path("no-such-folder/socket")}, {"folder must exist"})),
      "");
}

TEST_F(ForwardHints, the_target_refuses) {
  const FreePort nobody;
  EXPECT_EQ(on_connection(Mode::remote, {}, nobody.number(),
                          not_joined("target_refused", {loopback(nobody.number())}, {"seen from here"})),
            "");
}

TEST_F(ForwardHints, the_target_accepts_and_resets) {
  const TcpServer target([](Socket& socket) { socket.reset_on_close(); });
  const Towline towline(dir_, TunnelTest::environment(Mode::remote, target.port()));
  ASSERT_TRUE(towline.ready_within(30s));
  constexpr int clients = 30;
  for (int i = 0; i < clients; ++i) {
    auto client = Socket::connect(entry_.number(), 5s);
    ASSERT_TRUE(client);
    EXPECT_TRUE(client->closed_within(30s));
  }
  // Whether it is reset before we look or when it is joined.
  const Labels reset{{"reason", "target_reset"}};
  EXPECT_TRUE(eventually(30s, [&] {
    return towline.metric("towline_connections_failed_total", reset) +
               towline.metric("towline_connections_aborted_total", reset) ==
           clients;
  })) << towline.get("/metrics").body;
}

TEST_F(ForwardHints, the_server_cannot_reach_the_target) {
  const FreePort nobody;
  EXPECT_EQ(on_connection(
                Mode::local, {}, nobody.number(),
                not_joined("channel_connect_failed", {loopback(nobody.number())}, {"seen from the server"})),
            "");
}

TEST_F(ForwardHints, the_targets_name_is_not_known) {
  if (!NameServer::available()) GTEST_SKIP() << "port 53 of a loopback address is not to be had";
  const NameServer server(dir_, NameServer::Answer::no_such_name);
  EXPECT_EQ(on_connection(Mode::remote, {{"SSH_TARGET_HOST", "web.example"}}, 80,
                          not_joined("target_dns", {"web.example"}, {"/etc/resolv.conf"}), server.starter()),
            "");
}

TEST_F(ForbiddingHints, the_server_opens_no_connection) {
  EXPECT_EQ(on_connection(Mode::local, {}, target_.port(),
                          not_joined("channel_prohibited", {loopback(target_.port())},
                                     {"AllowTcpForwarding", "PermitOpen"})),
            "");
}

TEST_F(SelectiveHints, the_server_opens_connections_to_another_target_only) {
  EXPECT_EQ(on_connection(Mode::local, {}, target_.port(),
                          not_joined("channel_prohibited", {loopback(target_.port())}, {"PermitOpen"})),
            "");
}

TEST_F(ForwardHints, too_many_connections) {
  for (const auto mode : {Mode::local, Mode::remote}) {
    auto variables = TunnelTest::environment(mode, target_.port());
    variables["TOWLINE_MAX_CONNECTIONS"] = "1";
    const auto towline = start(std::move(variables));
    auto first = Socket::connect(entry_.number(), 5s);
    ASSERT_TRUE(first && echoes(*first, 10s));
    const auto second = Socket::connect(entry_.number(), 5s);
    EXPECT_EQ(missing_of(not_joined("limit", {}, {"TOWLINE_MAX_CONNECTIONS", "max_connections"}), *towline),
              "")
        << to_string(mode);
    EXPECT_FALSE(towline->has_logged("short of resources")) << "it is not the server that has too many";
  }
}

struct ProbeRow {
  const char* name;
  const char* probe;
  const char* answer;  // of the target; empty: it says nothing; null: there is no target
  const char* reason;
  const char* hint;
};

class ProbeHints : public ForwardHints, public testing::WithParamInterface<ProbeRow> {};

TEST_P(ProbeHints, say_what_to_do) {
  const auto& row = GetParam();
  const TcpServer target([&](Socket& socket) {
    socket.receive(4, 5s);
    if (row.answer) socket.send_all(row.answer, 5s);
    if (!row.answer || !*row.answer) socket.closed_within(60s);
  });
  const FreePort nobody;
  auto variables = TunnelTest::environment(Mode::remote, row.answer ? target.port() : nobody.number());
  variables["SSH_PROBE"] = row.probe;
  variables["SSH_PROBE_INTERVAL"] = "1s";
  const Towline towline(dir_, std::move(variables));
  EXPECT_EQ(missing_of({.event = "probe.failed",
                        .metric = "towline_probe_failures_total",
                        .reason = row.reason,
                        .words = {},
                        .hint = {row.hint},
                        .in_readyz = false},
                       towline),
            "");
}

INSTANTIATE_TEST_SUITE_P(
    Targets, ProbeHints,
    testing::Values(ProbeRow{"down", "tcp", nullptr, "connect", "seen from here"},
                    ProbeRow{"silent", "banner", "", "timeout", "slow or hangs"},
                    ProbeRow{"other", "http:/", "220 hello\r\n", "mismatch", "SSH_PROBE fits"},
                    ProbeRow{"encrypted", "http:/", "\x15\x03\x01", "tls", "speak no TLS"},
                    ProbeRow{"broken", "http:/", "HTTP/1.1 503 Service Unavailable\r\n\r\n", "http_status",
                             "the target's own log"}),
    [](const auto& info) { return std::string(info.param.name); });

struct NoWayIn : ForwardHints {
  NoWayIn() : ForwardHints({"AllowTcpForwarding remote"}) {}
};

TEST_F(NoWayIn, for_a_probe) {
  auto variables = TunnelTest::environment(Mode::remote, target_.port());
  variables["SSH_PROBE"] = "tcp";
  const Towline towline(dir_, std::move(variables));
  EXPECT_EQ(missing_of({.event = "probe.failed",
                        .metric = "towline_probe_failures_total",
                        .reason = "prohibited",
                        .words = {},
                        .hint = {"the forward itself is fine", "AllowTcpForwarding yes"},
                        .in_readyz = false},
                       towline),
            "");
}

TEST_F(ForwardHints, the_admin_port_is_taken) {
  const auto output = output_of_end({{"TOWLINE_ADMIN_LISTEN", loopback(target_.port())}}, 73);
  EXPECT_NE(output.find("admin.failed"), std::string::npos);
  EXPECT_NE(output.find("hint=\"set TOWLINE_ADMIN_LISTEN"), std::string::npos) << output;
}

TEST_F(ForwardHints, the_only_port_is_taken) {
  const auto output = output_of_end({{"SSH_TUNNEL_PORT", text(target_.port())}}, 73);
  EXPECT_NE(output.find("reason=port_in_use"), std::string::npos) << output;
  EXPECT_NE(output.find("choose another port"), std::string::npos) << output;
}

TEST_F(ForwardHints, kubernetes_sets_our_variable) {
  const auto output = output_of_end({{"SSH_REMOTE_PORT", "tcp://10.0.0.1:22"}}, 78);
  EXPECT_NE(output.find("SSH_REMOTE_PORT"), std::string::npos) << output;
  EXPECT_NE(output.find("enableServiceLinks: false"), std::string::npos) << output;
}

TEST_F(ForwardHints, the_key_is_not_for_us) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  open_to_nobody();
  std::filesystem::permissions(key_.private_file, std::filesystem::perms(0600));
  const auto output = output_of_end({}, 66, as_nobody());
  EXPECT_NE(output.find(key_.private_file), std::string::npos) << output;
  EXPECT_NE(output.find("owner 0:0, mode 0600, but we are 65534:65534"), std::string::npos) << output;
}

}  // namespace

}  // namespace towline::fixtures
