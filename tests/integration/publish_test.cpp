// SSH_PUBLISH beside services that keep to their own rules, and drop whoever does not.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/tunnel_server.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Publish : public PublishTest {};

bool echoes(std::uint16_t port) {
  auto visitor = Socket::connect(port, 5s);
  return visitor && visitor->send_all("there and back", 5s) && visitor->receive(14, 5s) == "there and back";
}

TEST_F(Publish, sandhole_tells_its_addresses_though_it_answers_no_shell) {
  start_service("sandhole");
  const auto began = Clock::now();
  towline_ = std::make_unique<Towline>(dir_, environment("sandhole"));
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_LT(elapsed_since(began), 2s);
  EXPECT_TRUE(is_public("https://web.example"));
  EXPECT_TRUE(is_public("http://web.example"));
  EXPECT_EQ(read_file(dir_.path("urls")), "main=https://web.example\nmain=http://web.example\n");
  EXPECT_NE(status().find(R"("public_addresses":["https://web.example","http://web.example"])"),
            std::string::npos)
      << status();
  EXPECT_NE(towline_->get("/").body.find(R"(<a href="https://web.example")"), std::string::npos);
  EXPECT_TRUE(towline_->logged("publish.address"));
  EXPECT_TRUE(echoes(service_->visitors("web")));
  EXPECT_EQ(service_->count("shell") + service_->count("exec"), 0U);
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
}

TEST_F(Publish, sish_is_given_one_session_and_one_exec_before_the_forward) {
  begin("sish", {{"SSH_PUBLISH_OPTIONS", "force-https=true"}});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_TRUE(is_public("https://web.example"));
  EXPECT_EQ(service_->count("session"), 1U);
  EXPECT_EQ(service_->count("exec force-https=true"), 1U);
  EXPECT_LT(service_->log().find("exec"), service_->log().find("forward"));
  EXPECT_TRUE(echoes(service_->visitors("web")));
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
}

TEST_F(Publish, srvus_has_a_session_before_it_answers_and_another_port_in_its_answer) {
  begin("srvus",
        {{"SSH_MODE", ""},
         {"SSH_BIND_IP", ""},
         {"SSH_TUNNEL_PORT", ""},
         {"SSH_TARGET_HOST", ""},
         {"SSH_TARGET_PORT", ""},
         {"SSH_FORWARDS", "a=-R 1:" + loopback(target_.port()) + "; b=-R 2:" + loopback(target_.port())}});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_TRUE(is_public("https://1.srv.us", "a"));
  EXPECT_TRUE(is_public("https://anna-2.srv.us", "b"));
  EXPECT_EQ(service_->count("forward 'localhost'"), 2U);
  EXPECT_TRUE(echoes(service_->visitors("localhost")));
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
}

TEST_F(Publish, localhostrun_says_it_as_json_when_it_is_asked_to) {
  begin("localhostrun", {{"SSH_PUBLISH_OPTIONS", "--output json"}}, {"names=abc123.lhr.life"});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_TRUE(is_public("https://abc123.lhr.life"));
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
}

TEST_F(Publish, serveo_lets_in_who_answers_no_question) {
  begin("serveo", {});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_EQ(service_->count("questions 0"), 1U);
  EXPECT_TRUE(is_public("https://web.example"));
}

TEST_F(Publish, another_address_than_expected_is_not_ready_and_asked_for_again) {
  begin("sish", {{"SSH_PUBLISH_EXPECT", "https://web.example"}}, {"names=qxzy,="});
  const auto other = [&] { return towline_->has_logged("the service has given https://qxzy.example"); };
  ASSERT_TRUE(eventually(patience, other)) << log_of_both();
  const auto began = Clock::now();
  EXPECT_EQ(towline_->status("/readyz"), 503);
  EXPECT_FALSE(is_public("https://qxzy.example"));
  EXPECT_EQ(read_file(dir_.path("urls")), "");
  EXPECT_NE(towline_->get("/readyz?verbose").body.find("reason=other_address"), std::string::npos);
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_GE(elapsed_since(began), 9s);
  EXPECT_TRUE(is_public("https://web.example"));
  EXPECT_EQ(service_->count("session"), 2U);
  EXPECT_TRUE(eventually(patience, [&] { return service_->count("goodbye") == 1; })) << log_of_both();
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
}

TEST_F(Publish, a_service_that_ends_its_session_is_not_ready) {
  begin("sandhole", {{"SSH_PUBLISH", "sish"}}, {"close=1"});
  ASSERT_TRUE(eventually(patience, [&] { return towline_->has_logged("reason=no_session"); }))
      << log_of_both();
  EXPECT_TRUE(towline_->logged("the service tells no public address: it has"));
  EXPECT_EQ(towline_->status("/readyz"), 503);
  EXPECT_EQ(towline_->metric("towline_publish_failures_total", {{"reason", "no_session"}}), 1);
}

TEST_F(Publish, a_dialect_that_finds_no_address_is_not_ready) {
  begin("serveo", {{"SSH_PUBLISH", "pinggy"}});
  ASSERT_TRUE(eventually(patience, [&] { return towline_->has_logged("reason=no_address"); }))
      << log_of_both();
  EXPECT_TRUE(towline_->logged("and has told no public address"));
  EXPECT_EQ(towline_->status("/readyz"), 503);
}

TEST_F(Publish, generic_finds_the_address_by_an_expression) {
  begin("serveo",
        {{"SSH_PUBLISH", "generic"}, {"SSH_PUBLISH_URL_REGEX", "^Forwarding HTTP traffic from (\\S+)$"}});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_TRUE(is_public("https://web.example"));
}

TEST_F(Publish, a_service_that_comes_back_is_asked_anew_and_an_address_is_gone_meanwhile) {
  begin("sish", {});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  service_->kill_all();
  ASSERT_TRUE(eventually(patience, [&] { return !towline_->ready(); }));
  EXPECT_FALSE(is_public("https://web.example"));
  EXPECT_EQ(read_file(dir_.path("urls")), "");
  service_->start();
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_TRUE(is_public("https://web.example"));
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
}

TEST_F(Publish, a_reload_hands_the_name_over_to_a_session_of_its_own) {
  begin("sish", {});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  towline_->process().signal(SIGHUP);
  ASSERT_TRUE(eventually(patience, [&] { return service_->count("goodbye") == 1; })) << log_of_both();
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_EQ(service_->count("session"), 2U);
  EXPECT_LT(service_->log().find("cancel"), service_->log().rfind("forward"));
  EXPECT_TRUE(is_public("https://web.example"));
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
}

TEST_F(Publish, check_walks_through_the_session_the_forward_and_the_address) {
  start_service("sish", {"names=qxzy"});
  auto variables = environment("sish");
  variables["TOWLINE_ADMIN_LISTEN"] = "off";
  Towline right(dir_, variables, {"check"});
  EXPECT_EQ(right.process().exit_code(patience), 0) << right.log() << service_->log();
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
  variables["SSH_PUBLISH_EXPECT"] = "web.example";
  Towline wrong(dir_, variables, {"check"});
  EXPECT_EQ(wrong.process().exit_code(patience), 69) << wrong.log();
  EXPECT_TRUE(wrong.logged("[failed]  address"));
  EXPECT_TRUE(wrong.logged("and not what SSH_PUBLISH_EXPECT says"));
}

class PublishName : public PublishTest,
                    public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(PublishName, goes_out_as_it_is_written_and_comes_back_with_visitors) {
  const auto [written, name] = GetParam();
  begin("sish", {{"SSH_BIND_IP", written}});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_EQ(service_->count("forward '" + std::string(name) + "' 80"), 1U) << service_->log();
  EXPECT_TRUE(echoes(service_->visitors(name)));
  EXPECT_FALSE(towline_->has_logged("channel.unmatched"));
}

INSTANTIATE_TEST_SUITE_P(Publish, PublishName,
                         testing::Values(std::pair("localhost", "localhost"), std::pair("", "localhost"),
                                         std::pair("\"\"", ""), std::pair("*", "*"),
                                         std::pair("0.0.0.0", "0.0.0.0"), std::pair("web", "web"),
                                         std::pair("web.example", "web.example"),
                                         std::pair("u:hidden-word@web/path", "u:hidden-word@web/path")));

TEST_F(Publish, a_password_in_a_name_is_not_shown) {
  begin("sish", {{"SSH_BIND_IP", "u:hidden-word@web/path"}});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_TRUE(is_public("https://web.example"));
  for (const auto* page : {"/statusz", "/metrics", "/"})
    EXPECT_EQ(towline_->get(page).body.find("hidden-word"), std::string::npos) << page;
}

TEST_F(Publish, the_port_that_a_service_chooses_is_shown_and_serves) {
  begin("sandhole", {{"SSH_BIND_IP", "localhost"}, {"SSH_TUNNEL_PORT", "0"}});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  const auto port = service_->visitors("localhost");
  EXPECT_TRUE(is_public("example:" + text(port)));
  EXPECT_EQ(towline_->metric("towline_forward_bound_port", {{"forward", "main"}}), port);
  EXPECT_TRUE(echoes(port));
}

TEST_F(Publish, a_service_that_asks_is_answered_while_data_flows_and_a_target_hangs) {
  begin("sish", {}, {"ping=0.5", "drop=4"});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  constexpr std::size_t all = 200 * mebibyte;
  auto visitor = Socket::connect(service_->visitors("web"), 5s);
  auto idle = Socket::connect(service_->visitors("web"), 5s);
  ASSERT_TRUE(visitor && idle);
  std::size_t sent = 0, received = 0;
  const auto produce = [&](std::span<std::uint8_t> room) -> std::optional<std::size_t> {
    const auto n = std::min(room.size(), all - sent);
    sent += n;
    return n;
  };
  const auto ended =
      duplex(*visitor, produce, [&](auto bytes) { received += bytes.size(); }, Clock::now() + 120s);
  EXPECT_EQ(ended, Ended::both_eof);
  EXPECT_EQ(received, all);
  EXPECT_GE(service_->count("pong"), 3U);
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
}

TEST_F(Publish, the_end_gives_the_forward_back_and_says_goodbye) {
  begin("sish", {});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  towline_->terminate();
  EXPECT_EQ(towline_->process().exit_code(patience), 0);
  EXPECT_EQ(service_->count("cancel 'web' 80"), 1U);
  EXPECT_TRUE(eventually(5s, [&] { return service_->count("goodbye") == 1; })) << service_->log();
  EXPECT_TRUE(no_rule_is_broken()) << service_->log();
  EXPECT_FALSE(std::filesystem::exists(dir_.path("urls")));
}

TEST_F(Publish, colours_are_left_out_and_a_console_token_is_seen_in_the_debug_log_only) {
  begin("sish", {{"TOWLINE_LOG_LEVEL", "info"}}, {"names=qxzy"});
  ASSERT_TRUE(towline_->ready_within(patience)) << log_of_both();
  EXPECT_TRUE(is_public("https://qxzy.example"));
  EXPECT_TRUE(towline_->logged("The subdomain web.example is unavailable"));
  EXPECT_FALSE(towline_->has_logged("console-token"));
  EXPECT_FALSE(towline_->has_logged("\x1b["));
  for (const auto* page : {"/statusz", "/metrics", "/"})
    EXPECT_EQ(towline_->get(page).body.find("console-token"), std::string::npos) << page;
}

TEST_F(Publish, one_of_two_forwards_that_is_refused_leaves_the_other_public) {
  begin("sandhole",
        {{"SSH_MODE", ""},
         {"SSH_BIND_IP", ""},
         {"SSH_TUNNEL_PORT", ""},
         {"SSH_TARGET_HOST", ""},
         {"SSH_TARGET_PORT", ""},
         {"SSH_FORWARDS",
          "mine=-R web:80:" + loopback(target_.port()) + "\ntheirs=-R taken:80:" + loopback(target_.port())}},
        {"refuse=taken"});
  ASSERT_TRUE(eventually(patience, [&] { return towline_->status("/readyz/mine") == 200; })) << log_of_both();
  EXPECT_TRUE(is_public("https://web.example", "mine"));
  EXPECT_TRUE(eventually(patience, [&] { return service_->count("forward 'taken' 80") > 1; }));
  EXPECT_EQ(towline_->status("/readyz/theirs"), 503);
  EXPECT_EQ(towline_->status("/readyz"), 503);
  EXPECT_TRUE(towline_->logged("taken is not for you"));
  EXPECT_TRUE(echoes(service_->visitors("web")));
}

}  // namespace

}  // namespace towline::fixtures
