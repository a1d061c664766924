#include "supervisor/account.hpp"

#include "net/error.hpp"
#include "observe/metrics.hpp"
#include "ssh/wire/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::supervisor {
namespace {

using namespace std::chrono_literals;
using observe::Disconnect;
using observe::ForwardState;
using ssh::errc;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

observe::ForwardTraits traits(const char* name) {
  return {.name = name, .mode = "local", .listen = {}, .target = {}, .server = {}, .rx_deadline = {}};
}

class AccountTest : public testing::Test {
 protected:
  AccountTest() {
    for (const auto* spec : {&db_, &web_}) {
      auto& slot = board_.add_forward(traits(spec->name.c_str()), pulse_);
      reports_.push_back(&account_.add(*spec, metrics_.forward(spec->name), slot));
    }
    options_.jump_hosts = {{{"outer", 22}, "ann", {}}};
  }

  // What the board says of both forwards.
  std::vector<ForwardState> states() const {
    std::vector<ForwardState> all;
    for (const auto& forward : board_.snapshot().forwards) all.push_back(forward.status->state);
    return all;
  }
  std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }
  void end(const Failure& why, std::optional<Disconnect> retired = {}, std::optional<std::size_t> hop = {}) {
    account_.session_ended({server_, 1500ms, retired, why, hop});
  }

  void begin(ssh::ConnectStep step) {
    ssh::Trace trace{.visits = {{}}, .jump_host = {}};
    trace.visits.back().steps = {{step, {}}};
    account_.news(trace, ssh::News::step);
  }

  const net::HostPort server_{"bastion", 2222};
  const forward::ForwardSpec db_{.name = "db", .mode = forward::Mode::local, .listen = {}, .connect = {}};
  const forward::ForwardSpec web_{.name = "web", .mode = forward::Mode::local, .listen = {}, .connect = {}};
  std::vector<std::string> lines_;
  observe::Log log_{
      observe::Options{.log_level = observe::Level::info, .log_format = observe::LogFormat::text},
      [this](std::string_view line) { lines_.emplace_back(line.substr(25, line.size() - 26)); }};
  observe::Metrics metrics_{observe::BuildInfo{}, {traits("db"), traits("web")}, log_};
  observe::Board board_;
  observe::Pulse& pulse_ = board_.add_pulse("session");
  ssh::Options options_;
  Account account_{options_, metrics_, log_};
  std::vector<forward::Report*> reports_;
};

TEST_F(AccountTest, a_failed_attempt_is_told_of_each_forward_and_logged_once) {
  account_.attempt(server_, false);
  begin(ssh::ConnectStep::resolve);
  begin(ssh::ConnectStep::key_exchange);
  EXPECT_THAT(states(), ElementsAre(ForwardState::connecting, ForwardState::connecting));
  account_.connect_failed(errc::closed_at_once, {});
  EXPECT_THAT(states(), ElementsAre(ForwardState::backoff, ForwardState::backoff));
  for (const auto& forward : board_.snapshot().forwards) {
    EXPECT_EQ(forward.status->server, "bastion:2222");
    EXPECT_EQ(forward.status->attempts, 1U);
    EXPECT_EQ(forward.status->reason.label(), "banner");
    EXPECT_THAT(forward.status->hint, HasSubstr("look for an sshd behind bastion:2222"));
  }
  EXPECT_THAT(take_lines(),
              ElementsAre(AllOf(HasSubstr("ssh.connect_failed"), HasSubstr("server=bastion:2222"),
                                HasSubstr("reason=banner attempt=1"), HasSubstr("hint="))));
}

TEST_F(AccountTest, an_attempt_beside_a_session_leaves_its_forwards_as_they_are) {
  account_.attempt(server_, false);
  begin(ssh::ConnectStep::authenticate);
  account_.attempt({"other", 22}, true);
  begin(ssh::ConnectStep::resolve);
  account_.connect_failed(net::errc::name_not_found, {});
  EXPECT_THAT(states(), ElementsAre(ForwardState::authenticating, ForwardState::authenticating));
  EXPECT_EQ(board_.snapshot().forwards.at(0).status->server, "bastion:2222");
  EXPECT_THAT(take_lines(), ElementsAre(AllOf(HasSubstr("server=other:22"), HasSubstr("attempt=2"))));
}

TEST_F(AccountTest, a_failure_at_a_jump_host_is_about_that) {
  account_.attempt(server_, false);
  ssh::Trace trace{.visits = {{}}, .jump_host = 0};
  account_.connect_failed(errc::authentication_refused, trace);
  EXPECT_THAT(take_lines(), ElementsAre(AllOf(HasSubstr("ERROR"), HasSubstr("ssh.auth_failed"),
                                              HasSubstr("no key for jump host outer:22"))));
  trace.visits.back().said = "\"Your account has expired\"";
  account_.news(trace, ssh::News::logged_in);
  EXPECT_THAT(take_lines(), ElementsAre(AllOf(HasSubstr("ssh.banner"), HasSubstr("server=outer:22"),
                                              HasSubstr("chage -E -1 ann"))));
  account_.attempt(server_, false);
  account_.connect_failed(errc::banner_missing, {});
  EXPECT_THAT(take_lines(), ElementsAre(HasSubstr("check that bastion:2222 is an SSH server")));
}

TEST_F(AccountTest, what_is_found_on_the_way_is_logged_when_it_is) {
  account_.attempt(server_, false);
  ssh::Trace trace{.visits = {{}}, .jump_host = {}};
  auto& visit = trace.visits.back();
  visit.bad_lines = {{3, "why", "/known_hosts"}};
  account_.news(trace, ssh::News::known_hosts);
  EXPECT_THAT(take_lines(), ElementsAre(AllOf(HasSubstr("ssh.known_hosts"), HasSubstr("reason=why"),
                                              HasSubstr("place=/known_hosts:3"))));
  visit.accepted_file_problem = "no space";
  account_.news(trace, ssh::News::accepted_file);
  EXPECT_THAT(take_lines(),
              ElementsAre(AllOf(HasSubstr("will be forgotten"), HasSubstr("err=\"no space\""))));
  visit.authentication.problems = {errc::certificate_expired};
  account_.news(trace, ssh::News::logged_in);
  EXPECT_THAT(take_lines(),
              ElementsAre(AllOf(HasSubstr("ssh.credentials"), HasSubstr("server=bastion:2222"))));
}

TEST_F(AccountTest, a_session_is_told_of_with_all_that_was_shown_on_the_way) {
  account_.attempt(server_, false);
  ssh::Trace trace{.visits = {{}, {}}, .jump_host = {}};
  const auto step = [](ssh::ConnectStep what, std::chrono::milliseconds took) {
    return ssh::Visit::Step{what, {}, took};
  };
  trace.visits[0].steps = {step(ssh::ConnectStep::connect, 1s), step(ssh::ConnectStep::host_key, 60s)};
  trace.visits[0].host_key.server = {"outer", 22};
  trace.visits[1].steps = {step(ssh::ConnectStep::connect, 2s), step(ssh::ConnectStep::authenticate, 500ms)};
  trace.visits[1].host_key.server = server_;
  trace.visits[1].host_key.key.type = "ssh-ed25519";
  trace.visits[1].server_software = "SSH-2.0-test";
  trace.visits[1].algorithms = {.key_exchange = "kex",
                                .host_key = "algorithm",
                                .to_server = {"there", "mac"},
                                .to_client = {"back", ""}};
  trace.visits[1].authentication.methods = "publickey";
  account_.connected(trace);
  EXPECT_THAT(take_lines(),
              ElementsAre(AllOf(HasSubstr("ssh.host_key"), HasSubstr("server=outer:22")),
                          AllOf(HasSubstr("ssh.host_key"), HasSubstr("server=bastion:2222")),
                          AllOf(HasSubstr("ssh.connected"), HasSubstr("key_type=ssh-ed25519"),
                                HasSubstr("kex=kex host_key_algorithm=algorithm cipher=there mac=mac "
                                          "cipher_to_client=back mac_to_client=\"\""),
                                HasSubstr("server_software=SSH-2.0-test auth_methods=publickey"),
                                HasSubstr("duration_s=3.5"))));
}

TEST_F(AccountTest, a_wait_is_shown_until_it_is_over) {
  account_.attempt(server_, false);
  account_.waiting(3s, {.failed_attempts = 2, .short_sessions = 1});
  const auto waiting = *board_.snapshot().forwards.at(1).status;
  EXPECT_EQ(waiting.state, ForwardState::backoff);
  EXPECT_EQ(waiting.backoff, 3s);
  EXPECT_TRUE(waiting.next_attempt);
  EXPECT_EQ(waiting.consecutive_failures, 3U);
  EXPECT_THAT(take_lines(), ElementsAre(AllOf(HasSubstr("ssh.backoff"), HasSubstr("next_retry_s=3"))));
  account_.waited();
  account_.draining();
  EXPECT_FALSE(board_.snapshot().forwards.at(1).status->next_attempt);
  EXPECT_THAT(states(), ElementsAre(ForwardState::draining, ForwardState::draining));
}

TEST_F(AccountTest, the_end_of_a_session_has_its_reason) {
  struct Row {
    errc why;
    std::optional<Disconnect> retired;
    std::optional<std::size_t> jump_host;
    std::vector<const char*> words;
    ForwardState state;
  };
  const auto up = ForwardState::up;
  const auto down = ForwardState::backoff;
  const Row rows[] = {
      {errc::peer_closed, {}, {}, {"WARN", "was lost", "reason=peer_closed duration_s=1.5", "hint="}, down},
      {errc::keepalive_timeout, {}, 0, {"WARN", "reason=rx_timeout", "hint="}, down},
      {errc::transport_failed, {}, 0, {"cut the connection", "between here and outer:22"}, down},
      {errc::transport_failed, {}, {}, {"cut the connection", "between here and bastion:2222"}, down},
      {errc::peer_closed, Disconnect::key_rotation, {}, {"WARN", "reason=peer_closed"}, up},
      {errc::session_closed, {}, {}, {"INFO", "was closed", "reason=shutdown"}, up},
      {errc::session_closed, Disconnect::key_rotation, {}, {"INFO", "reason=key_rotation"}, up}};
  for (const auto& row : rows) {
    for (auto* report : reports_) report->up(80);
    take_lines();
    end(row.why, row.retired, row.jump_host);
    const auto lines = take_lines();
    ASSERT_EQ(lines.size(), 1U);
    for (const auto* word : row.words) EXPECT_THAT(lines[0], HasSubstr(word));
    EXPECT_THAT(states(), ElementsAre(row.state, row.state)) << lines[0];
  }
}

TEST_F(AccountTest, that_the_server_names_a_listener_in_its_own_way_is_told_once) {
  using ssh::ChannelFit;
  const auto tell = [this](ChannelFit fit) { account_.unmatched(server_, {fit, "t", "n", "a", {"c", 1}}); };
  tell(ChannelFit::only_one);
  EXPECT_THAT(take_lines(), ElementsAre(AllOf(HasSubstr("INFO"), HasSubstr("channel.unmatched"),
                                              HasSubstr("server=bastion:2222"), HasSubstr("client=c:1"))));
  tell(ChannelFit::only_one);
  EXPECT_THAT(take_lines(), IsEmpty());
  tell(ChannelFit::ambiguous);
  EXPECT_THAT(take_lines(), ElementsAre(HasSubstr("WARN")));
}

TEST_F(AccountTest, what_the_server_says_is_a_warning_where_it_means_trouble) {
  account_.message(server_, "\"Welcome\"");
  account_.message({"other", 22}, "\"The system is going down for reboot NOW!\"");
  EXPECT_THAT(take_lines(),
              ElementsAre(AllOf(HasSubstr("INFO"), HasSubstr("ssh.message")),
                          AllOf(HasSubstr("WARN"), HasSubstr("server=other:22"), HasSubstr("hint="))));
}

}  // namespace
}  // namespace towline::supervisor
