#include "endpoint/account.hpp"

#include "ssh/wire/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::endpoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct AccountTest : testing::Test {
  std::string lines;
  const observe::Log log{observe::Options{.log_level = observe::Level::debug},
                         [this](std::string_view line) { lines += line; }};
  ClientMetrics metrics;
  Account account{metrics, log};
  const ssh::Newcomer who{.number = 7, .address = {"192.0.2.1", 4711}};
};

TEST_F(AccountTest, says_why_a_login_was_refused_and_what_to_do) {
  account.on_refused(who, "me\n",
                     {.refusal = ssh::Refusal::key_unknown,
                      .method = ssh::LoginMethod::publickey,
                      .detail = {},
                      .fingerprint = "SHA256:abc"});
  EXPECT_THAT(lines,
              AllOf(HasSubstr("client.refused login refused: "), HasSubstr("reason=key_unknown"),
                    HasSubstr("client=7"), HasSubstr("method=publickey"), HasSubstr("address=192.0.2.1:4711"),
                    HasSubstr("fingerprint=SHA256:abc"), HasSubstr("TOWLINE_AUTHORIZED_KEYS")));
  EXPECT_EQ(std::ranges::count(lines, '\n'), 1) << "a name is one line";
}

TEST_F(AccountTest, says_that_a_service_said_no_or_nothing) {
  account.on_refused(who, "me", {.refusal = ssh::Refusal::service_refused, .detail = "HTTP 403"});
  EXPECT_THAT(lines, AllOf(HasSubstr("reason=service_refused"), HasSubstr("HTTP 403"),
                           HasSubstr("TOWLINE_AUTH_URL")));
  lines.clear();
  account.on_refused(who, "me", {.refusal = ssh::Refusal::service_failed, .detail = "no answer within 5 s"});
  EXPECT_THAT(lines, AllOf(HasSubstr("reason=service_failed"), HasSubstr("no answer within 5 s"),
                           HasSubstr("nobody is let in without")));
}

TEST_F(AccountTest, says_who_was_turned_away_at_the_door) {
  account.on_turned_away(who, ssh::TurnedAway::too_many_of_source);
  EXPECT_THAT(lines, AllOf(HasSubstr("WARN  client.refused"), HasSubstr("reason=too_many_of_source"),
                           HasSubstr("TOWLINE_MAX_CLIENTS_PER_SOURCE")));
}

TEST_F(AccountTest, warns_of_a_login_that_took_too_long_and_not_of_one_who_looked_in) {
  account.on_no_login(who, "", {ssh::Refusal::none, ssh::errc::peer_closed});
  EXPECT_THAT(lines, Not(HasSubstr("WARN")));
  account.on_no_login(who, "me", {ssh::Refusal::login_timeout, ssh::errc::login_ended});
  EXPECT_THAT(
      lines, AllOf(HasSubstr("WARN"), HasSubstr("reason=login_timeout"), HasSubstr("TOWLINE_LOGIN_TIMEOUT")));
}

TEST_F(AccountTest, says_why_a_client_has_gone_where_that_is_not_usual) {
  const ssh::LoggedIn user{.user = "me"};
  account.on_gone(who, user, {.why = ssh::errc::peer_disconnected});
  EXPECT_THAT(lines, AllOf(HasSubstr("INFO  client.closed"), HasSubstr("reason=peer_disconnect_msg"),
                           Not(HasSubstr("err="))));
  account.on_gone(who, user, {.why = ssh::errc::keepalive_timeout});
  EXPECT_THAT(lines, AllOf(HasSubstr("reason=rx_timeout"), HasSubstr("err=")));
}

TEST_F(AccountTest, the_end_of_a_client_has_the_words_of_the_end_of_a_session) {
  using observe::Disconnect;
  const struct {
    ssh::Gone gone;
    Disconnect reason;
  } rows[] = {
      {{.by_order = true, .why = ssh::errc::session_closed}, Disconnect::admin},
      {{.why = ssh::errc::session_closed}, Disconnect::shutdown},
      {{.why = asio::error::operation_aborted}, Disconnect::shutdown},
      {{.why = ssh::errc::peer_closed}, Disconnect::peer_closed},
      {{.why = ssh::errc::transport_failed}, Disconnect::socket_error},
      {{.why = asio::error::connection_reset}, Disconnect::socket_error},
      {{.why = ssh::errc::mac_invalid}, Disconnect::mac},
      {{.why = ssh::errc::rekey_timeout}, Disconnect::rekey},
      {{.why = ssh::errc::window_exceeded}, Disconnect::protocol},
      {{.why = asio::error::no_memory}, Disconnect::resource_shortage},
  };
  for (const auto& row : rows) EXPECT_EQ(reason_of(row.gone), row.reason) << row.gone.why.message();
}

TEST_F(AccountTest, a_client_is_shown_in_clean_words) {
  const auto traits = traits_of(who, {.user = "m\n<e>\x1b",
                                      .method = ssh::LoginMethod::publickey,
                                      .permissions = {},
                                      .fingerprint = "SHA256:abc"});
  EXPECT_EQ(traits.id, 7U);
  EXPECT_EQ(traits.user, "m?<e>?");
  EXPECT_EQ(traits.address, "192.0.2.1:4711");
  EXPECT_EQ(traits.method, "publickey");
  EXPECT_EQ(traits.fingerprint, "SHA256:abc");
  EXPECT_EQ(traits_of({.number = 1, .address = {}}, {}).address, "unix");
}

TEST_F(AccountTest, calls_a_client_of_a_unix_socket_so) {
  account.on_connected({.number = 1, .address = {}});
  EXPECT_THAT(lines, HasSubstr("address=unix"));
}

}  // namespace
}  // namespace towline::endpoint
