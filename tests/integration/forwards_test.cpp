// Many forwards of all kinds on one session, and that none of them troubles another.
#include "integration/fixtures/tunnel.hpp"

#include <array>
#include <filesystem>
#include <sys/stat.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

std::string text(std::uint16_t port) { return std::to_string(port); }
std::string loopback(std::uint16_t port) { return "127.0.0.1:" + text(port); }

class Forwards : public TunnelTest {
 protected:
  explicit Forwards(std::vector<std::string> sshd_config = {}) : TunnelTest(std::move(sshd_config)) {}

  Environment environment(const std::string& forwards) const {
    auto variables = tunnel_environment(sshd_, key_, Mode::local, 0, 0);
    for (const auto* name :
         {"SSH_MODE", "SSH_BIND_IP", "SSH_TUNNEL_PORT", "SSH_TARGET_HOST", "SSH_TARGET_PORT"})
      variables.erase(name);
    variables["SSH_FORWARDS"] = forwards;
    return variables;
  }

  static bool is_up(const Towline& towline, const std::string& name) {
    return towline.metric("towline_forward_up", {{"forward", name}}) == 1;
  }

  // A SOCKS 5 client of 127.0.0.1:`socks` that asks for 127.0.0.1:`target`; nothing when it was refused.
  static std::optional<Socket> through_socks(std::uint16_t socks, std::uint16_t target) {
    auto socket = Socket::connect(socks, 5s);
    std::string request("\5\1\0\5\1\0\1\x7f\0\0\1", 11);
    request += static_cast<char>(target >> 8U);
    request += static_cast<char>(target & 0xffU);
    if (!socket || !socket->send_all(request, 5s)) return std::nullopt;
    if (socket->receive(12, 5s) != "\5\0\5\0\0\1\0\0\0\0\0\0"sv) return std::nullopt;
    return socket;
  }

  std::string path(const char* name) const { return dir_.path(name); }

  EchoServer target_;
  EchoServer unix_target_{dir_.path("target.sock")};
};

// Ten forwards: eight good ones, `taken` is refused by the server, `dead` has a target that refuses.
class TenForwards : public Forwards {
 protected:
  std::string forwards(const std::string& option_of_taken) const {
    const auto tcp = loopback(target_.port());
    return "l-tcp=-L " + loopback(l_tcp_.number()) + ":" + tcp +                                //
           "\nl-from-unix=-L " + path("l.sock") + ":" + tcp +                                   //
           "\nl-to-unix=-L " + loopback(l_to_unix_.number()) + ":" + path("target.sock") +      //
           "\nl-unix=-L " + path("l2.sock") + ":" + path("target.sock") +                       //
           "\nr-tcp=-R " + loopback(r_tcp_.number()) + ":" + tcp +                              //
           "\nr-from-unix=-R " + path("r.sock") + ":" + tcp +                                   //
           "\nr-to-unix=-R " + loopback(r_to_unix_.number()) + ":" + path("target.sock") +      //
           "\ndynamic=-D " + loopback(dynamic_.number()) +                                      //
           "\ntaken=-R " + loopback(taken_.local_port()) + ":" + tcp + " " + option_of_taken +  //
           "\ndead=-L " + loopback(dead_.number()) + ":" + loopback(nobody_.number());
  }

  // Each of the good ones, once; the names of those that do not carry.
  std::string that_do_not_carry() const {
    auto socks = through_socks(dynamic_.number(), target_.port());
    const std::pair<const char*, bool> carried[] = {
        {"l-tcp", echoes(l_tcp_.number(), 5s)},         {"l-from-unix", echoes(path("l.sock"), 5s)},
        {"l-to-unix", echoes(l_to_unix_.number(), 5s)}, {"l-unix", echoes(path("l2.sock"), 5s)},
        {"r-tcp", echoes(r_tcp_.number(), 5s)},         {"r-from-unix", echoes(path("r.sock"), 5s)},
        {"r-to-unix", echoes(r_to_unix_.number(), 5s)}, {"dynamic", socks && echoes(*socks, 5s)}};
    std::string names;
    for (const auto& [name, good] : carried) names += good ? "" : std::string(name) + " ";
    return names;
  }

  static constexpr std::array good = {"l-tcp", "l-from-unix", "l-to-unix", "l-unix",
                                      "r-tcp", "r-from-unix", "r-to-unix", "dynamic"};

  FreePort l_tcp_, l_to_unix_, r_tcp_, r_to_unix_, dynamic_, dead_, nobody_;
  Socket taken_ = *Socket::listen(0);
};

TEST_F(TenForwards, eight_are_untouched_by_one_that_is_refused_and_one_with_a_dead_target) {
  const auto towline = start(environment(forwards("required=false")));
  EXPECT_EQ(that_do_not_carry(), "");
  auto refused = Socket::connect(dead_.number(), 5s);
  ASSERT_TRUE(refused && refused->closed_within(5s));

  const auto counted = [&](const char* name, const char* metric) {
    return towline->metric(metric, {{"forward", name}});
  };
  for (const auto* name : good) {
    EXPECT_TRUE(eventually(5s, [&] { return counted(name, "towline_connections_active") == 0; })) << name;
    EXPECT_TRUE(is_up(*towline, name)) << name;
    EXPECT_EQ(towline->status(std::string("/readyz/") + name), 200) << name;
    EXPECT_EQ(counted(name, "towline_connections_opened_total"), 1) << name;
    EXPECT_EQ(counted(name, "towline_connections_failed_total"), 0) << name;
    EXPECT_EQ(counted(name, "towline_connections_aborted_total"), 0) << name;
    EXPECT_EQ(counted(name, "towline_received_bytes_total"), 7) << name;
    EXPECT_EQ(counted(name, "towline_sent_bytes_total"), 7) << name;
    EXPECT_EQ(counted(name, "towline_forward_setup_attempts_total"), 1) << name;
    EXPECT_EQ(counted(name, "towline_forward_setup_failures_total"), 0) << name;
  }
  EXPECT_TRUE(is_up(*towline, "dead")) << "its listener is fine";
  EXPECT_EQ(counted("dead", "towline_connections_opened_total"), 0);
  EXPECT_EQ(towline->metric("towline_connections_failed_total"), 1);
  EXPECT_EQ(towline->metric("towline_connections_failed_total",
                            {{"forward", "dead"}, {"reason", "channel_connect_failed"}}),
            1);
  EXPECT_FALSE(is_up(*towline, "taken"));
  EXPECT_GE(
      towline->metric("towline_forward_setup_failures_total", {{"forward", "taken"}, {"reason", "refused"}}),
      1);
  EXPECT_EQ(towline->metric("towline_forward_state", {{"forward", "taken"}, {"state", "binding"}}), 1);
  EXPECT_EQ(towline->metric("towline_forward_up"), 9);
  EXPECT_EQ(towline->metric("towline_ready"), 1);
  EXPECT_EQ(towline->status("/readyz/taken"), 503);
  EXPECT_NE(towline->get("/readyz/taken").body.find("refused"), std::string::npos);
  EXPECT_EQ(towline->status("/readyz/nobody"), 404);

  // The port is given up: that forward comes up, on the same session.
  taken_.close();
  EXPECT_TRUE(eventually(5s, [&] { return is_up(*towline, "taken"); }));
  EXPECT_EQ(towline->metric("towline_ssh_connect_attempts_total", {{"forward", "taken"}}), 1);
  EXPECT_EQ(towline->metric("towline_ssh_disconnects_total"), 0);
}

TEST_F(TenForwards, readiness_waits_for_those_that_are_required_and_names_the_culprit) {
  Towline towline(dir_, environment(forwards("required=true")));
  const auto nine_up = [&] { return towline.metric("towline_forward_up") == 9; };
  ASSERT_TRUE(eventually(10s, nine_up)) << towline.get("/readyz?verbose").body;
  const auto answer = towline.get("/readyz?verbose");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("reason=refused forward=taken"), std::string::npos) << answer.body;
  EXPECT_EQ(towline.status("/readyz?exclude=taken"), 200);
  EXPECT_EQ(that_do_not_carry(), "");
  taken_.close();
  EXPECT_TRUE(towline.ready_within(5s));
}

TEST_F(TenForwards, all_come_back_after_the_session_was_lost) {
  const auto towline = start(environment(forwards("required=false")));
  ASSERT_EQ(that_do_not_carry(), "");
  // The server leaves its sockets behind.
  std::filesystem::remove(path("r.sock"));
  sshd_.kill_sessions();
  EXPECT_TRUE(eventually(
      5s, [&] { return towline->metric("towline_ssh_reconnects_total", {{"forward", "dead"}}) == 1; }));
  EXPECT_TRUE(towline->ready_within(10s)) << towline->get("/readyz?verbose").body;
  EXPECT_EQ(that_do_not_carry(), "");
}

class ForbiddingServer : public Forwards {
 protected:
  ForbiddingServer()
      : Forwards({"PermitListen 127.0.0.1:" + text(allowed().number()), "AllowStreamLocalForwarding no"}) {}

  static FreePort& allowed() {
    static FreePort port;
    return port;
  }
  FreePort forbidden_, to_unix_, plain_;
};

TEST_F(ForbiddingServer, refuses_what_it_forbids_and_nothing_else) {
  const auto tcp = loopback(target_.port());
  Towline towline(dir_,
                  environment("allowed=-R " + loopback(allowed().number()) + ":" + tcp +      //
                              ";forbidden=-R " + loopback(forbidden_.number()) + ":" + tcp +  //
                              ";socket=-R " + path("r.sock") + ":" + tcp +                    //
                              ";to-socket=-L " + loopback(to_unix_.number()) + ":" + path("target.sock") +
                              ";plain=-L " + loopback(plain_.number()) + ":" + tcp));
  ASSERT_TRUE(eventually(10s, [&] { return towline.metric("towline_forward_up") == 3; }))
      << towline.get("/readyz?verbose").body;
  EXPECT_TRUE(echoes(allowed().number(), 5s));
  EXPECT_TRUE(echoes(plain_.number(), 5s));
  auto prohibited = Socket::connect(to_unix_.number(), 5s);
  EXPECT_TRUE(prohibited && prohibited->closed_within(5s));
  EXPECT_EQ(towline.metric("towline_connections_failed_total",
                           {{"forward", "to-socket"}, {"reason", "channel_prohibited"}}),
            1);
  for (const auto* name : {"forbidden", "socket"})
    EXPECT_TRUE(eventually(5s, [&] {
      return towline.metric("towline_forward_setup_failures_total",
                            {{"forward", name}, {"reason", "refused"}}) >= 1;
    })) << name;
  EXPECT_TRUE(towline.logged("AllowStreamLocalForwarding"));
}

class LocalSocket : public Forwards {
 protected:
  std::string forward() const { return "-L " + path("l.sock") + ":" + loopback(target_.port()); }
};

TEST_F(LocalSocket, is_its_owners_alone_and_goes_with_towline) {
  const auto towline = start(environment(forward()));
  struct stat found{};
  ASSERT_EQ(::lstat(path("l.sock").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_TRUE(echoes(path("l.sock"), 5s));
  towline->terminate();
  EXPECT_EQ(towline->process().exit_code(10s), 0);
  EXPECT_FALSE(std::filesystem::exists(path("l.sock")));
}

TEST_F(LocalSocket, is_not_there_while_the_session_is_not) {
  const auto towline = start(environment(forward()));
  sshd_.kill_all();
  EXPECT_TRUE(eventually(5s, [&] { return !std::filesystem::exists(path("l.sock")); }));
  sshd_.start();
  EXPECT_TRUE(eventually(20s, [&] { return echoes(path("l.sock"), 1s); }));
}

TEST_F(LocalSocket, left_by_a_towline_that_was_killed_is_an_error_with_advice_unless_unlinking_is_asked_for) {
  {
    const auto killed = start(environment(forward()));
    killed->process().signal(SIGKILL);
    killed->process().exit_code(10s);
  }
  ASSERT_TRUE(std::filesystem::exists(path("l.sock")));
  Towline refused(dir_, environment(forward()));
  EXPECT_EQ(refused.process().exit_code(10s), 73);
  EXPECT_TRUE(refused.logged("StreamLocalBindUnlink=yes"));
  EXPECT_TRUE(std::filesystem::exists(path("l.sock")));

  auto variables = environment(forward());
  variables["SSH_OPTIONS"] = "-o StreamLocalBindUnlink=yes -o StreamLocalBindMask=0117";
  const auto towline = start(std::move(variables));
  EXPECT_TRUE(echoes(path("l.sock"), 5s));
  struct stat found{};
  ASSERT_EQ(::lstat(path("l.sock").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0660U);
}

TEST_F(Forwards, a_local_port_that_is_taken_is_tried_again_beside_the_others) {
  FreePort good;
  auto occupant = Socket::listen(0);
  const auto taken = occupant->local_port();
  Towline towline(dir_,
                  environment("good=-L " + loopback(good.number()) + ":" + loopback(target_.port()) +  //
                              ";taken=-L " + loopback(taken) + ":" + loopback(target_.port())));
  ASSERT_TRUE(eventually(10s, [&] {
    return towline.metric("towline_forward_setup_failures_total",
                          {{"forward", "taken"}, {"reason", "port_in_use"}}) >= 2;
  }));
  EXPECT_TRUE(echoes(good.number(), 5s));
  occupant.reset();
  EXPECT_TRUE(towline.ready_within(10s));
  EXPECT_TRUE(echoes(taken, 5s));
}

class ServerWithManyAddresses : public Forwards {
 protected:
  ServerWithManyAddresses() : Forwards({"GatewayPorts clientspecified"}) {}
};

TEST_F(ServerWithManyAddresses, one_port_on_two_of_them_is_two_forwards) {
  FreePort port;
  std::filesystem::create_directory(path("one"));
  std::filesystem::create_directory(path("two"));
  write_file(path("one/name"), "one");
  write_file(path("two/name"), "two");
  WebServer one(path("one"));
  WebServer two(path("two"));
  const auto towline =
      start(environment("one=-R 127.0.0.1:" + text(port.number()) + ":" + loopback(one.port()) +
                        ";two=-R 127.0.0.2:" + text(port.number()) + ":" + loopback(two.port())));
  const auto ask = [&](const std::string& host) {
    return output_of(
        {"/usr/bin/curl", "-sS", "--max-time", "10", "http://" + host + ":" + text(port.number()) + "/name"});
  };
  EXPECT_EQ(ask("127.0.0.1"), "one");
  EXPECT_EQ(ask("127.0.0.2"), "two");
}

// A target that says what it was sent first.
class ProxyHeader : public Forwards {
 protected:
  // The first `size` bytes that the target got from a client of `entry_`, and the client's port.
  std::pair<std::string, std::uint16_t> first_bytes(std::size_t size, const std::string& version) {
    std::string got;
    std::atomic<bool> done = false;
    TcpServer target([&](Socket& socket) {
      if (done) return;
      got = socket.receive(size, 10s);
      done = true;
    });
    const auto towline = start(environment("-R " + loopback(entry_.number()) + ":" + loopback(target.port()) +
                                           " proxy_protocol=" + version));
    auto client = Socket::connect(entry_.number(), 5s);
    const auto port = client->local_port();
    client->send_all("hello", 5s);
    EXPECT_TRUE(eventually(10s, [&] { return done.load(); }));
    return {got, port};
  }
};

TEST_F(ProxyHeader, of_version_1_comes_before_the_data) {
  const auto size = ("PROXY TCP4 127.0.0.1 127.0.0.1 12345 " + text(entry_.number()) + "\r\nhello").size();
  const auto [got, port] = first_bytes(size, "v1");
  EXPECT_EQ(got, "PROXY TCP4 127.0.0.1 127.0.0.1 " + text(port) + " " + text(entry_.number()) + "\r\nhello");
}

TEST_F(ProxyHeader, of_version_2_comes_before_the_data) {
  const auto [got, port] = first_bytes(16 + 12 + 5, "v2");
  const auto big = [](std::uint16_t n) {
    return std::string{static_cast<char>(n >> 8U), static_cast<char>(n & 0xffU)};
  };
  EXPECT_EQ(got, std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\1\x7f\0\0\1"sv) + big(port) +
                     big(entry_.number()) + "hello");
}

TEST_F(ProxyHeader, of_a_client_without_an_address_says_unknown) {
  std::string got;
  std::atomic<bool> done = false;
  TcpServer target([&](Socket& socket) {
    got = socket.receive(20, 10s);
    done = true;
  });
  const auto towline =
      start(environment("-R " + path("r.sock") + ":" + loopback(target.port()) + " proxy_protocol=v1"));
  auto client = Socket::connect(path("r.sock"), 5s);
  ASSERT_TRUE(client && client->send_all("hello", 5s));
  ASSERT_TRUE(eventually(10s, [&] { return done.load(); }));
  EXPECT_EQ(got, "PROXY UNKNOWN\r\nhello");
}

TEST_F(Forwards, a_silent_connection_is_ended_after_the_idle_timeout_and_no_other) {
  FreePort silent, patient;
  const auto tcp = loopback(target_.port());
  const auto towline =
      start(environment("silent=-L " + loopback(silent.number()) + ":" + tcp + " idle_timeout=1s" +  //
                        ";patient=-L " + loopback(patient.number()) + ":" + tcp));
  auto kept = Socket::connect(patient.number(), 5s);
  auto ended = Socket::connect(silent.number(), 5s);
  ASSERT_TRUE(kept && echoes(*kept, 5s));
  ASSERT_TRUE(ended && echoes(*ended, 5s));
  const auto began = Clock::now();
  EXPECT_TRUE(ended->closed_within(20s));
  EXPECT_GE(Clock::now() - began, 900ms);
  EXPECT_TRUE(eventually(5s, [&] {
    return towline->metric("towline_connections_aborted_total",
                           {{"forward", "silent"}, {"reason", "idle_timeout"}}) == 1;
  }));
  EXPECT_TRUE(echoes(*kept, 5s));
}

TEST_F(Forwards, connections_beyond_the_limit_are_refused_and_counted_and_others_take_their_place) {
  FreePort local, remote;
  const auto tcp = loopback(target_.port());
  const auto towline =
      start(environment("local=-L " + loopback(local.number()) + ":" + tcp + " max_connections=2" +  //
                        ";remote=-R " + loopback(remote.number()) + ":" + tcp + " max_connections=2"));
  for (const auto& [name, port] : {std::pair{"local", local.number()}, {"remote", remote.number()}}) {
    auto one = Socket::connect(port, 5s);
    auto two = Socket::connect(port, 5s);
    ASSERT_TRUE(one && two && echoes(*one, 5s) && echoes(*two, 5s)) << name;
    auto three = Socket::connect(port, 5s);
    EXPECT_TRUE(three && three->closed_within(5s)) << name;
    EXPECT_EQ(towline->metric("towline_connections_failed_total", {{"forward", name}, {"reason", "limit"}}),
              1);
    EXPECT_EQ(towline->metric("towline_connections_active", {{"forward", name}}), 2);
    EXPECT_EQ(towline->metric("towline_connections_limit", {{"forward", name}}), 2);
    one->close();
    EXPECT_TRUE(eventually(5s, [&] { return echoes(port, 1s); })) << name;
  }
}

class Socks : public Forwards {
 protected:
  std::unique_ptr<Towline> start_socks() {
    return start(environment("socks=-D " + loopback(entry_.number())));
  }

  // What the client is answered, until the end.
  std::string answer_to(std::string_view bytes, std::size_t size = 100) const {
    auto socket = Socket::connect(entry_.number(), 5s);
    if (!socket || !socket->send_all(bytes, 5s)) return "no connection";
    return socket->receive(size, 10s);
  }
};

TEST_F(Socks, early_data_is_not_lost) {
  const auto towline = start_socks();
  const auto port = target_.port();
  std::string request("\4\1", 2);
  request += static_cast<char>(port >> 8U);
  request += static_cast<char>(port & 0xffU);
  request += std::string("\x7f\0\0\1\0", 5) + std::string(3000, 'e');
  EXPECT_EQ(answer_to(request, 3008), std::string("\0\x5a\0\0\0\0\0\0", 8) + std::string(3000, 'e'));
}

TEST_F(Socks, what_cannot_be_done_is_answered_with_its_code_and_counted) {
  const auto towline = start_socks();
  FreePort nobody;
  std::string refused("\5\1\0\5\1\0\1\x7f\0\0\1", 11);
  refused += static_cast<char>(nobody.number() >> 8U);
  refused += static_cast<char>(nobody.number() & 0xffU);
  EXPECT_EQ(answer_to(refused + "early data"), "\5\0\5\5\0\1\0\0\0\0\0\0"sv);
  EXPECT_EQ(answer_to("\5\1\2"), "\5\xff");
  EXPECT_EQ(answer_to("\5\1\0\5\2\0\1\x7f\0\0\1\0\1"sv), "\5\0\5\7\0\1\0\0\0\0\0\0"sv);
  EXPECT_EQ(answer_to("\4\2\0\1\x7f\0\0\1\0"sv), "\0\x5b\0\0\0\0\0\0"sv);
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\n\r\n"), "");
  const auto failed = [&](const char* reason) {
    return towline->metric("towline_connections_failed_total", {{"forward", "socks"}, {"reason", reason}});
  };
  EXPECT_EQ(failed("handshake"), 4);
  EXPECT_EQ(failed("channel_connect_failed"), 1);
  EXPECT_TRUE(towline->logged("this is not an HTTP proxy"));
  EXPECT_TRUE(towline->ready());
}

}  // namespace

}  // namespace towline::fixtures
