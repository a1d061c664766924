// Many forwards of all kinds on one session, and that none of them troubles another.
#include "integration/fixtures/forwards.hpp"

#include <array>
#include <filesystem>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

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
    for (const auto& [name, fine] : carried) names += fine ? "" : std::string(name) + " ";
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
  ASSERT_TRUE(!refused || refused->closed_within(5s));

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
  // sshd gives no other reason for a socket that is forbidden.
  auto prohibited = Socket::connect(to_unix_.number(), 5s);
  EXPECT_TRUE(!prohibited || prohibited->closed_within(5s));
  EXPECT_EQ(towline.metric("towline_connections_failed_total",
                           {{"forward", "to-socket"}, {"reason", "channel_connect_failed"}}),
            1);
  for (const auto* name : {"forbidden", "socket"})
    EXPECT_TRUE(eventually(5s, [&] {
      return towline.metric("towline_forward_setup_failures_total",
                            {{"forward", name}, {"reason", "refused"}}) >= 1;
    })) << name;
  EXPECT_TRUE(towline.logged("AllowStreamLocalForwarding"));
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
  EXPECT_TRUE(eventually(10s, [&] { return echoes(good.number(), 5s); }))
      << "whose session comes up meanwhile";
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

}  // namespace

}  // namespace towline::fixtures
