// Each failure of a session, caused with real parts, says what it is and what to do: in the log, in the
// metrics and in /readyz. Those of jump hosts, host keys and settings are also in tests of their own;
// tests/tidy/caused_failures.txt names the test of each.
#include "integration/fixtures/hints.hpp"

#include "integration/fixtures/exposition.hpp"
#include "integration/fixtures/name_server.hpp"

#include <filesystem>
#include <sys/resource.h>
#include <sys/socket.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
class HintsOnNames : public Hints {
 protected:
  void SetUp() override {
    if (!NameServer::available()) GTEST_SKIP() << "port 53 of a loopback address is not to be had";
  }

  std::string without_name(NameServer::Answer answer, const Told& told) {
    const NameServer server(dir_, answer);
    return without({{"SSH_REMOTE_HOST", "bastion.example"}, {"SSH_CONNECT_TIMEOUT", "2s"}}, told,
                   server.starter());
  }
};

TEST_F(HintsOnNames, that_do_not_exist) {
  EXPECT_EQ(
      without_name(NameServer::Answer::no_such_name, no_session("dns", {"name not found: bastion.example"},
                                                                {"SSH_REMOTE_HOST", "/etc/resolv.conf"})),
      "");
}

TEST_F(HintsOnNames, without_an_address) {
  EXPECT_EQ(without_name(NameServer::Answer::no_address,
                         no_session("dns", {"name has no address: bastion.example"}, {"SSH_REMOTE_HOST"})),
            "");
}

TEST_F(HintsOnNames, that_the_name_server_fails_on) {
  EXPECT_EQ(
      without_name(NameServer::Answer::failure, no_session("dns", {"name server failed: bastion.example"},
                                                           {"/etc/resolv.conf", "network"})),
      "");
}

TEST_F(HintsOnNames, that_the_name_server_says_nothing_about) {
  EXPECT_EQ(
      without_name(NameServer::Answer::silence,
                   no_session("timeout", {"no answer from the name server in time: ", "bastion.example"},
                              {"/etc/resolv.conf", "network"})),
      "");
}

TEST_F(Hints, nobody_listens) {
  const FreePort nobody;
  EXPECT_EQ(at_port(nobody.number(), no_session("refused", {"refused: 127.0.0.1", " errno=ECONNREFUSED "},
                                                {"SSH_REMOTE_PORT", "sshd"})),
            "");
}

TEST_F(Hints, packets_are_dropped) {
  // A listener whose queue is full drops what would make another connection.
  const FreePort port;
  const auto listener = Socket::listen(port.number());
  ASSERT_TRUE(listener);
  ASSERT_EQ(::listen(listener->fd(), 0), 0);
  std::vector<Socket> queue;
  while (auto socket = Socket::connect(port.number(), 500ms)) queue.push_back(std::move(*socket));
  EXPECT_EQ(without({{"SSH_REMOTE_PORT", std::to_string(port.number())}, {"SSH_CONNECT_TIMEOUT", "1s"}},
                    no_session("timeout", {"127.0.0.1"}, {"firewall that drops packets"})),
            "");
}

TEST_F(Hints, there_is_no_route) {
  // No TCP connection leads to a multicast address.
  EXPECT_EQ(without({{"SSH_REMOTE_HOST", "224.0.0.1"}},
                    no_session("unreachable", {"unreachable: 224.0.0.1"}, {"route to 224.0.0.1"})),
            "");
}

TEST_F(Hints, an_address_that_is_not_ours_to_come_from) {
  EXPECT_EQ(without({{"SSH_OPTIONS", "-o BindAddress=192.0.2.1"}},
                    no_session("unreachable", {"from 192.0.2.1"}, {"BindAddress"})),
            "");
}

TEST_F(Hints, no_more_files_can_be_opened) {
  if (product().instrumented) GTEST_SKIP() << "UBSan looks at memory through a pipe, and could not open one";
  const FreePort nobody;
  auto variables = environment();
  variables["SSH_REMOTE_PORT"] = std::to_string(nobody.number());
  variables["TOWLINE_BACKOFF_MAX"] = "1s";
  variables.erase("SSH_KNOWN_HOSTS_FILE");  // it would be the first that cannot be opened
  variables["SSH_KNOWN_HOSTS"] = "* " + sshd_.host_key().public_line;
  Towline towline(dir_, std::move(variables));
  ASSERT_TRUE(eventually(30s, [&] { return towline.logged("reason=refused"); }));
  rlimit before{};
  const auto pid = towline.process().pid();
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, nullptr, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};  // what it has it keeps
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, &none, nullptr), 0);
  EXPECT_TRUE(eventually(60s, [&] { return towline.logged("Too many open files"); }));
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, &before, nullptr), 0);  // the admin port needs some, too
  auto told = no_session("resource_shortage", {"Too many open files"}, {"open files (ulimit -n"});
  told.in_readyz = false;
  EXPECT_EQ(missing_of(told, towline), "");
}

TEST_F(Hints, something_else_than_ssh_answers) {
  const TcpServer web([](Socket& socket) {
    socket.receive(20, 5s);
    socket.send_all("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", 5s);
  });
  EXPECT_EQ(at_port(web.port(), no_session("banner", {}, {"is an SSH server", "MaxStartups"})), "");
}

TEST_F(Hints, the_server_hangs_up_before_a_word) {
  const TcpServer full([](Socket&) {});
  EXPECT_EQ(at_port(full.port(), no_session("banner", {"closed before a word"},
                                            {"load balancer or docker-proxy", "MaxStartups", "fail2ban"})),
            "");
}

TEST_F(Hints, the_server_cuts_the_connection_before_a_word) {
  const TcpServer balancer([](Socket& socket) { socket.reset_on_close(); });
  const Towline towline(dir_, environment_at(balancer.port()));
  EXPECT_EQ(
      missing_of(no_session("banner", {"closed before a word"}, {"load balancer or docker-proxy"}), towline),
      "");
  // Whether it is cut before, while or after we look and write.
  EXPECT_TRUE(eventually(60s, [&] {
    return towline.metric("towline_ssh_connect_failures_total", {{"reason", "banner"}}) >= 10;
  }));
  const auto exposition = towline.get("/metrics").body;
  EXPECT_EQ(sample(exposition, "towline_ssh_connect_failures_total"),
            sample(exposition, "towline_ssh_connect_failures_total", {{"reason", "banner"}}))
      << towline.log();
}

TEST_F(Hints, the_server_hangs_up_in_the_middle_of_its_identification) {
  const TcpServer server([](Socket& socket) { socket.send_all("SSH-2.0-Open", 5s); });
  EXPECT_EQ(at_port(server.port(), no_session("banner", {"did not identify itself"}, {"is an SSH server"})),
            "");
}

TEST_F(Hints, the_server_says_nothing) {
  const TcpServer silent([](Socket& socket) { socket.receive(mebibyte, 60s); });
  EXPECT_EQ(without({{"SSH_REMOTE_PORT", std::to_string(silent.port())}, {"SSH_CONNECT_TIMEOUT", "1s"}},
                    no_session("timeout", {"key exchange with 127.0.0.1"}, {"firewall", "overloaded"})),
            "");
}

TEST_F(Hints, the_server_hangs_up_in_the_key_exchange) {
  const TcpServer server([](Socket& socket) {
    socket.send_all("SSH-2.0-test\r\n", 5s);
    socket.receive(mebibyte, 1s);  // what is not read makes a reset of the end
  });
  EXPECT_EQ(at_port(server.port(), no_session("closed", {"closed the connection"}, {"the server's log"})),
            "");
}

TEST_F(Hints, the_server_says_goodbye_in_the_key_exchange) {
  // RFC 4253, 6 and 11.1: length, length of the padding, SSH_MSG_DISCONNECT, 2, "not now", no language
  const std::string packet("\0\0\0\x1c\x07\x01\0\0\0\x02\0\0\0\x07not now\0\0\0\0\0\0\0\0\0\0\0", 32);
  const TcpServer server([&](Socket& socket) {
    socket.send_all("SSH-2.0-test\r\n" + packet, 5s);
    socket.receive(mebibyte, 5s);
  });
  EXPECT_EQ(at_port(server.port(),
                    no_session("closed", {"ended the session", R"(said \"not now\")"}, {"the server's log"})),
            "");
}

TEST_F(Hints, the_server_sends_no_packet_in_the_key_exchange) {
  const TcpServer server([](Socket& socket) {
    socket.send_all("SSH-2.0-test\r\n" + std::string(64, 'x'), 5s);
    socket.receive(mebibyte, 5s);
  });
  EXPECT_EQ(at_port(server.port(), no_session("kex", {"the key exchange failed"}, {"the server's log"})), "");
}

TEST_F(Hints, the_host_key_is_not_on_file) {
  EXPECT_EQ(
      at_server({}, "elsewhere {key}",
                no_session("host_key", {"SHA256:"}, {"ssh-keyscan -p ", "known_hosts"}, "ssh.host_key")),
      "");
}

TEST_F(Hints, the_host_key_is_another) {
  EXPECT_EQ(at_server({}, "* " + make_key(dir_).public_line,
                      no_session("host_key", {"SHA256:"}, {"reinstalled", "ssh-keygen -lf", "in between"},
                                 "ssh.host_key")),
            "");
}

TEST_F(Hints, the_host_key_is_revoked) {
  EXPECT_EQ(at_server({}, "@revoked * {key}",
                      no_session("host_key", {"SHA256:"}, {"revoked on purpose"}, "ssh.host_key")),
            "");
}

TEST_F(Hints, the_host_certificate_has_expired) {
  const auto authority = make_key(dir_);
  const auto host = make_key(dir_);
  const auto certificate = certify(host, authority, {"-h", "-V", "20200101:20210101"});
  EXPECT_EQ(at_server({"HostKey " + host.private_file, "HostCertificate " + certificate},
                      "@cert-authority * " + authority.public_line,
                      no_session("host_key", {"expired"}, {"ssh-keygen -s CA", "clock"}, "ssh.host_key")),
            "");
}

TEST_F(Hints, the_key_is_gone_when_it_is_needed_again) {
  const auto copy = dir_.path("key");
  std::filesystem::copy_file(key_.private_file, copy);
  auto variables = environment();
  variables["SSH_KEY_FILE"] = copy;
  const auto towline = start(std::move(variables));
  std::filesystem::remove(copy);
  sshd_.kill_sessions();
  EXPECT_EQ(missing_of(no_session("auth", {copy}, {"mode 0400"}, "ssh.auth_failed"), *towline), "");
}

TEST_F(Hints, the_key_is_none) {
  const auto file = dir_.path("certainly-no-key");
  write_file(file, "-----BEGIN OPENSSH PRIVATE KEY-----\nrubbish\n-----END OPENSSH PRIVATE KEY-----\n");
  EXPECT_EQ(with_key(file, no_session("auth", {file}, {"PKCS#8", file}, "ssh.auth_failed")), "");
}

TEST_F(Hints, the_key_has_a_passphrase) {
  const auto file = dir_.path("locked");
  output_of({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", file});
  EXPECT_EQ(with_key(file, no_session("auth", {file}, {"ssh-keygen -p"}, "ssh.auth_failed")), "");
}

TEST_F(Hints, the_passphrase_is_another) {
  const auto file = dir_.path("locked");
  output_of({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", file});
  EXPECT_EQ(without({{"SSH_KEY_FILE", file}, {"SSH_KEY_PASSPHRASE", "guess"}},
                    no_session("auth", {file}, {"SSH_KEY_PASSPHRASE", "ssh-keygen -y"}, "ssh.auth_failed")),
            "");
}

TEST_F(Hints, the_server_does_not_know_the_key) {
  const auto stranger = make_key(dir_);
  EXPECT_EQ(with_key(stranger.private_file,
                     no_session("auth", {stranger.fingerprint(), "publickey"},
                                {"~" + sshd_.user() + "/.ssh/authorized_keys", "SSH_REMOTE_USER"},
                                "ssh.auth_failed")),
            "");
}

TEST_F(Hints, a_jump_host_cannot_reach_the_server) {
  const FreePort nobody;
  const auto jump_host = "127.0.0.1:" + std::to_string(sshd_.port());
  EXPECT_EQ(without({{"SSH_JUMP_HOSTS", sshd_.user() + "@" + jump_host},
                     {"SSH_REMOTE_PORT", std::to_string(nobody.number())}},
                    no_session("proxy", {"jump host " + jump_host},
                               {"127.0.0.1:" + std::to_string(nobody.number()), "from jump host"})),
            "");
}

TEST_F(Hints, a_line_of_known_hosts_cannot_be_read) {
  append_file(sshd_.known_hosts_file(), "broken\n");
  EXPECT_EQ(without({}, {.event = "ssh.known_hosts",
                         .metric = "",
                         .reason = "",
                         .words = {sshd_.known_hosts_file()},
                         .hint = {"ssh-keyscan"},
                         .in_readyz = false}),
            "");
}

TEST_F(Hints, the_server_falls_silent) {
  auto variables = environment();
  variables["SSH_SERVER_ALIVE_INTERVAL"] = "1";
  variables["SSH_SERVER_ALIVE_COUNT_MAX"] = "1";
  const auto towline = start(std::move(variables));
  sshd_.freeze();
  EXPECT_EQ(missing_of(session_lost("rx_timeout", {"keepalive deadline"}, {"stopped responding"}), *towline),
            "");
  sshd_.thaw();
}

TEST_F(Hints, the_server_closes_the_connection) {
  const auto towline = start(environment());
  sshd_.kill_all();
  auto told = session_lost("peer_closed", {}, {"the server's log"});
  told.in_readyz = false;  // the reason of the next attempt is there at once
  EXPECT_EQ(missing_of(told, *towline), "");
  EXPECT_EQ(missing_of(no_session("refused", {}, {"sshd"}), *towline), "");
}

TEST_F(Hints, the_host_key_is_taken_on_first_use) {
  auto variables = environment();
  variables.erase("SSH_KNOWN_HOSTS_FILE");
  EXPECT_EQ(missing_of({.event = "ssh.host_key",
                        .metric = "",
                        .reason = "",
                        .words = {"first use"},
                        .hint = {"SSH_KNOWN_HOSTS_FILE"},
                        .in_readyz = false},
                       *start(std::move(variables))),
            "");
}

}  // namespace

}  // namespace towline::fixtures
