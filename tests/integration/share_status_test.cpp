// Who is logged in at a -S, as /statusz and the page tell it.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/share.hpp"

#include <gmock/gmock.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ShareStatus : public ShareTest {
 protected:
  // Clients have to show a key.
  void begin_with_keys(const Environment& changes = {}) {
    auto variables = changes;
    variables["TOWLINE_AUTHORIZED_KEYS_FILE"] = file_of(key_.public_line + "\n");
    begin(variables);
  }

  std::string status() const { return towline_->get("/statusz").body; }
  bool told_soon(const std::string& part) const {
    return eventually(patience, [&] { return status().find(part) != std::string::npos; });
  }

  EchoServer target_;
};

TEST_F(ShareStatus, an_endpoint_is_told_with_its_address_and_what_to_compare) {
  begin();
  EXPECT_THAT(status(), AllOf(HasSubstr("\"endpoints\":[{\"forward\":\"main\",\"listen\":[\"" +
                                        loopback(entry_.number()) + "\"]"),
                              HasSubstr("\"fingerprint\":\"" + endpoint_key_.fingerprint() + "\""),
                              HasSubstr("\"known_hosts\":\"* " + endpoint_key_.public_line + "\""),
                              HasSubstr("\"clients\":[],\"clients_more\":0}]")));
}

TEST_F(ShareStatus, a_client_is_told_with_what_it_carries_until_it_has_gone) {
  begin_with_keys();
  const FreePort local, remote;
  Running client(dir_, ssh({"-L", loopback(local.number()) + ":" + loopback(target_.port()),  //
                            "-R", loopback(remote.number()) + ":" + loopback(target_.port())},
                           {staying()}));
  ASSERT_TRUE(told_soon("\"channels\":{\"session\":1,\"local\":0,\"remote\":0}")) << client.errors();
  EXPECT_THAT(status(),
              AllOf(HasSubstr("\"id\":1,\"user\":\"anybody\",\"address\":\"127.0.0.1:"),
                    HasSubstr("\"method\":\"publickey\",\"fingerprint\":\"" + key_.fingerprint() + "\""),
                    HasSubstr("\"listens\":[\"" + loopback(remote.number()) + "\"]")));

  const auto out = Socket::connect(local.number(), 5s);
  ASSERT_TRUE(out);
  EXPECT_TRUE(told_soon("\"channels\":{\"session\":1,\"local\":1,\"remote\":0}"));
  const auto in = Socket::connect(remote.number(), 5s);
  ASSERT_TRUE(in);
  EXPECT_TRUE(told_soon("\"channels\":{\"session\":1,\"local\":1,\"remote\":1}"));
  EXPECT_THAT(towline_->get("/").body,
              AllOf(HasSubstr("<h3>1 anybody</h3>"), HasSubstr(">1 session, 1 local, 1 remote</span>"),
                    HasSubstr("<dd>" + loopback(remote.number()) + "</dd>")));
  client.process().signal(SIGKILL);
  EXPECT_TRUE(told_soon("\"clients\":[]"));
}

TEST_F(ShareStatus, clients_of_two_endpoints_are_told_apart_by_their_numbers) {
  const FreePort other;
  begin({{"SSH_MODE", ""},
         {"SSH_TUNNEL_PORT", ""},
         {"SSH_BIND_IP", ""},
         {"SSH_FORWARDS", "one=-S " + loopback(entry_.number()) + "\ntwo=-S " + loopback(other.number())}});
  Running one(dir_, ssh({}, {"exec sleep 600"}));
  ASSERT_TRUE(told_soon("\"id\":1,"));
  Running two(dir_, {"/usr/bin/ssh", "-F", "none", "-p", text(other.number()), "-o", "BatchMode=yes", "-o",
                     "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "anybody@127.0.0.1",
                     "exec sleep 600"});
  EXPECT_TRUE(told_soon("\"id\":2,")) << two.errors();
}

class ShareControl : public ShareStatus {
 protected:
  void SetUp() override { begin({{"TOWLINE_CONTROL_LISTEN", dir_.path("control.sock")}}); }

  // The status and, before a blank, the body.
  std::string order(const std::string& client, const std::string& method = "POST") const {
    return output_of({"/usr/bin/curl", "-sS", "--max-time", "10", "--unix-socket", dir_.path("control.sock"),
                      "-w", " %{http_code}", "-X", method,
                      "http://localhost/-/clients/" + client + "/disconnect"});
  }
};

TEST_F(ShareControl, a_client_is_sent_away_and_the_others_stay) {
  const FreePort remote;
  Running client(dir_, ssh({"-R", loopback(remote.number()) + ":" + loopback(target_.port())},
                           {"echo here; exec sleep 600"}));
  ASSERT_TRUE(eventually(patience, [&] { return client.output() == "here\n"; })) << client.errors();
  Running other(dir_, ssh({}, {"echo here; exec sleep 600"}));
  ASSERT_TRUE(eventually(patience, [&] { return other.output() == "here\n"; })) << other.errors();

  EXPECT_THAT(order("1"), HasSubstr(" 202"));
  const auto ran = client.ended_within(patience);
  EXPECT_EQ(ran.code, 255);
  EXPECT_THAT(ran.errors, HasSubstr("disconnected by an operator"));
  EXPECT_TRUE(towline_->logged("client.closed a client has gone forward=main reason=admin client=1 "))
      << towline_->log();
  EXPECT_EQ(towline_->metric("towline_client_disconnects_total", {{"reason", "admin"}}), 1);
  EXPECT_TRUE(eventually(5s, [&] { return !Socket::connect(remote.number(), 1s).has_value(); }))
      << "the server listens for it still";
  EXPECT_THAT(status(), AllOf(Not(HasSubstr("\"id\":1,")), HasSubstr("\"id\":2,")));
  EXPECT_TRUE(other.process().running());
}

TEST_F(ShareControl, who_is_not_there_cannot_be_sent_away) {
  Running client(dir_, ssh({}, {"echo here; exec sleep 600"}));
  ASSERT_TRUE(eventually(patience, [&] { return client.output() == "here\n"; })) << client.errors();
  EXPECT_THAT(order("2"), HasSubstr(" 404"));
  EXPECT_THAT(order("anybody"), HasSubstr(" 404"));
  EXPECT_THAT(order("1", "GET"), HasSubstr(" 405"));
  EXPECT_TRUE(client.process().running());
}

TEST_F(ShareStatus, a_name_is_no_markup) {
  begin();
  auto argv = options_to(entry_.number());
  argv.insert(argv.begin(), "/usr/bin/ssh");
  argv.insert(argv.end(), {"-F", file_of("User <b>x\n"), "127.0.0.1", "exec sleep 600"});
  Running client(dir_, argv);
  ASSERT_TRUE(told_soon("\"user\":\"<b>x\"")) << client.errors();
  EXPECT_THAT(towline_->get("/").body, AllOf(HasSubstr("<h3>1 &lt;b&gt;x</h3>"), Not(HasSubstr("<b>x"))));
}

}  // namespace

}  // namespace towline::fixtures
