#include "supervisor/explain.hpp"

#include "net/error.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace towline::supervisor {
namespace {

using boost::system::error_code;
using observe::ConnectFailure;
using observe::Disconnect;
using observe::UnmatchedChannel;
using ssh::ChannelFit;
using ssh::errc;
using testing::HasSubstr;
namespace system_error = boost::asio::error;

std::vector<errc> every_errc() {
  std::vector<errc> all;
  for (int value = 1; value <= static_cast<int>(errc::forward_timeout); ++value)
    all.push_back(static_cast<errc>(value));
  return all;
}

ssh::Options options() {
  ssh::Options options;
  options.user = "tunnel";
  options.credentials.keys = {{.file = "/run/secrets/key", .text = nullptr}};
  options.credentials.agent_socket = "/run/agent";
  options.host_key.known_hosts_files = {"/etc/known_hosts"};
  return options;
}

std::string hint_for(const Failure& failure, const ssh::Options& as = options()) {
  return hint(failure, peer_of({"bastion", 2222}, as));
}

// What a server must not do, in the login or as a jump host.
const std::set<errc> violations = {
    errc::mac_invalid,       errc::packet_invalid,     errc::output_overflow, errc::channels_left_open,
    errc::malformed_message, errc::unexpected_message, errc::unknown_channel, errc::window_exceeded,
    errc::window_overflow,   errc::message_too_large};

TEST(Explain, each_failed_attempt_has_its_label) {
  const std::pair<error_code, ConnectFailure> rows[] = {
      {net::errc::name_not_found, ConnectFailure::dns},
      {net::errc::no_address, ConnectFailure::dns},
      {net::errc::name_server_failed, ConnectFailure::dns},
      {net::errc::resolve_timed_out, ConnectFailure::timeout},
      {net::errc::connect_timed_out, ConnectFailure::timeout},
      {system_error::connection_refused, ConnectFailure::refused},
      {system_error::timed_out, ConnectFailure::timeout},
      {system_error::host_unreachable, ConnectFailure::unreachable},
      {system_error::network_unreachable, ConnectFailure::unreachable},
      {system_error::no_descriptors, ConnectFailure::resource_shortage},
      {system_error::no_memory, ConnectFailure::resource_shortage},
      {errc::connect_timeout, ConnectFailure::timeout},
      {errc::closed_at_once, ConnectFailure::banner},
      {errc::banner_missing, ConnectFailure::banner},
      {errc::no_common_key_exchange, ConnectFailure::kex},
      {errc::no_common_host_key, ConnectFailure::kex},
      {errc::no_common_cipher, ConnectFailure::kex},
      {errc::no_common_mac, ConnectFailure::kex},
      {errc::no_common_compression, ConnectFailure::kex},
      {errc::key_exchange_failed, ConnectFailure::kex},
      {errc::rekey_failed, ConnectFailure::kex},
      {errc::rekey_timeout, ConnectFailure::kex},
      {errc::host_key_changed_in_rekey, ConnectFailure::kex},
      {errc::host_key_mismatch, ConnectFailure::host_key},
      {errc::host_key_unknown, ConnectFailure::host_key},
      {errc::host_key_revoked, ConnectFailure::host_key},
      {errc::host_certificate_invalid, ConnectFailure::host_key},
      {errc::key_file_unreadable, ConnectFailure::auth},
      {errc::key_file_invalid, ConnectFailure::auth},
      {errc::key_file_needs_passphrase, ConnectFailure::auth},
      {errc::passphrase_wrong, ConnectFailure::auth},
      {errc::certificate_invalid, ConnectFailure::auth},
      {errc::certificate_expired, ConnectFailure::auth},
      {errc::secret_file_unreadable, ConnectFailure::auth},
      {errc::agent_unreachable, ConnectFailure::auth},
      {errc::agent_failed, ConnectFailure::auth},
      {errc::agent_empty, ConnectFailure::auth},
      {errc::password_change_required, ConnectFailure::auth},
      {errc::password_refused, ConnectFailure::auth},
      {errc::questions_unanswered, ConnectFailure::auth},
      {errc::login_ended, ConnectFailure::auth},
      {errc::more_proof_required, ConnectFailure::auth},
      {errc::method_not_offered, ConnectFailure::auth},
      {errc::authentication_refused, ConnectFailure::auth},
      {errc::peer_closed, ConnectFailure::closed},
      {errc::peer_disconnected, ConnectFailure::closed},
      {errc::transport_failed, ConnectFailure::closed},
      {errc::open_administratively_prohibited, ConnectFailure::proxy},
      {errc::open_connect_failed, ConnectFailure::proxy},
      {errc::open_unknown_channel_type, ConnectFailure::proxy},
      {errc::open_resource_shortage, ConnectFailure::proxy},
      {errc::open_timeout, ConnectFailure::timeout},
      {errc::requests_unanswered, ConnectFailure::timeout},
      {errc::keepalive_timeout, ConnectFailure::timeout}};
  std::set<error_code> named;
  for (const auto& [code, label] : rows) {
    EXPECT_EQ(connect_failure(code), label) << code.message();
    named.insert(code);
  }
  for (auto e : every_errc()) {
    if (named.contains(e)) continue;
    const auto label = violations.contains(e) ? ConnectFailure::protocol : ConnectFailure::internal;
    EXPECT_EQ(connect_failure(e), label) << error_code(e).message();
  }
}

TEST(Explain, each_end_of_a_session_has_its_label) {
  const std::map<errc, Disconnect> labels = {{errc::peer_closed, Disconnect::peer_closed},
                                             {errc::peer_disconnected, Disconnect::peer_disconnect_msg},
                                             {errc::keepalive_timeout, Disconnect::rx_timeout},
                                             {errc::transport_failed, Disconnect::socket_error},
                                             {errc::mac_invalid, Disconnect::mac},
                                             {errc::rekey_failed, Disconnect::rekey},
                                             {errc::rekey_timeout, Disconnect::rekey},
                                             {errc::host_key_changed_in_rekey, Disconnect::rekey},
                                             {errc::session_closed, Disconnect::shutdown}};
  for (auto e : every_errc()) {
    const auto label = labels.find(e);
    EXPECT_EQ(disconnect(e), label == labels.end() ? Disconnect::protocol : label->second)
        << error_code(e).message();
  }
  EXPECT_EQ(disconnect(system_error::connection_reset), Disconnect::socket_error);
  EXPECT_EQ(disconnect(system_error::no_memory), Disconnect::resource_shortage);
  EXPECT_EQ(disconnect(net::errc::connect_timed_out), Disconnect::socket_error);
}

TEST(Explain, every_failure_has_a_next_step) {
  for (const auto e : every_errc()) {
    const bool in_order = e == errc::session_closed || e == errc::channel_closed;
    EXPECT_EQ(hint_for(e).empty(), in_order) << error_code(e).message();
  }
  for (int value = 1; value <= static_cast<int>(net::errc::not_a_socket); ++value)
    EXPECT_NE(hint_for(static_cast<net::errc>(value)), "") << value;
}

TEST(Explain, hints_are_one_line_and_no_sentence_with_a_full_stop) {
  for (auto e : every_errc()) {
    const auto text = hint_for(e);
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    EXPECT_FALSE(text.ends_with('.')) << text;
    EXPECT_EQ(text.find('{'), std::string::npos) << text << ": no such word";
  }
}

TEST(Explain, each_hint_leads_to_what_is_wrong_and_is_configured) {
  using boost::system::errc::make_error_code;
  struct Row {
    error_code code;
    const char* word;
    const char* misleading = nullptr;
  };
  const Row rows[] = {
      {system_error::connection_refused, "SSH_REMOTE_PORT"},
      {system_error::timed_out, "firewall that drops packets on the way to bastion:2222", "resolv.conf"},
      {system_error::host_unreachable, "route to bastion:2222"},
      {system_error::network_unreachable, "route"},
      {system_error::connection_reset, "network"},
      {system_error::access_denied, "network policy"},
      {make_error_code(boost::system::errc::operation_not_permitted), "network policy"},
      {make_error_code(boost::system::errc::address_not_available), "BindAddress"},
      {make_error_code(boost::system::errc::no_such_device), "BindInterface"},
      {make_error_code(boost::system::errc::too_many_files_open), "ulimit -n"},
      {net::errc::name_not_found, "/etc/resolv.conf"},
      {net::errc::no_address, "/etc/resolv.conf"},
      {net::errc::name_server_failed, "/etc/resolv.conf"},
      {net::errc::resolve_timed_out, "/etc/resolv.conf"},
      {net::errc::connect_timed_out, "firewall", "resolv.conf"},
      {errc::host_key_mismatch, "/etc/known_hosts"},
      {errc::host_key_unknown, "ssh-keyscan -p 2222 bastion"},
      {errc::key_file_invalid, "/run/secrets/key"},
      {errc::key_file_unreadable, "mode"},
      {errc::authentication_refused, "~tunnel/.ssh/authorized_keys"},
      {errc::banner_missing, "bastion:2222"},
      {errc::agent_unreachable, "SSH_AUTH_SOCK /run/agent"},
      {errc::password_change_required, "as tunnel"}};
  for (const auto& row : rows) {
    EXPECT_THAT(hint_for(row.code), HasSubstr(row.word)) << row.code.message();
    if (row.misleading) EXPECT_THAT(hint_for(row.code), testing::Not(HasSubstr(row.misleading)));
  }
}

TEST(Explain, where_nothing_is_configured_that_is_said) {
  ssh::Options nothing;
  EXPECT_THAT(hint_for(errc::host_key_mismatch, nothing), HasSubstr("the known_hosts file"));
  EXPECT_THAT(hint_for(errc::authentication_refused, nothing),
              HasSubstr("set SSH_KEY_FILE, SSH_KEY or SSH_PASSWORD"));
  nothing.credentials.agent_socket = "/run/agent";
  EXPECT_THAT(hint_for(errc::authentication_refused, nothing), HasSubstr("authorized_keys"));
}

// Else what it has said is not why: a host key that is not on file, no common cipher, a key that cannot be
// read.
TEST(Explain, what_the_server_says_decides_where_it_does_not_let_us_in_or_ends_the_session) {
  const std::set<errc> its_no = {
      errc::connect_timeout,  errc::banner_missing,       errc::key_exchange_failed,
      errc::peer_closed,      errc::peer_disconnected,    errc::transport_failed,
      errc::password_refused, errc::questions_unanswered, errc::authentication_refused,
      errc::login_ended,      errc::more_proof_required,  errc::method_not_offered};
  for (const auto e : every_errc()) {
    Failure failure(e);
    failure.said = R"("Your account has expired; please contact your system administrator.")";
    const auto text = hint_for(failure);
    EXPECT_EQ(text.find("chage -E -1 tunnel") != std::string::npos, its_no.contains(e)) << text;
    failure.said = R"("Welcome")";
    EXPECT_EQ(hint_for(failure), hint_for(e)) << "that is not known";
  }
}

TEST(Explain, a_failure_without_a_reason_is_a_bug) {
  EXPECT_EQ(connect_failure(internal_error()), ConnectFailure::internal);
  EXPECT_EQ(disconnect(internal_error()), Disconnect::protocol);
  EXPECT_THAT(hint_for(internal_error()), HasSubstr("report it"));
}

TEST(Explain, each_fit_of_a_channel_has_a_label_of_its_own) {
  constexpr std::pair<ChannelFit, UnmatchedChannel> rows[] = {
      {ChannelFit::only_one, UnmatchedChannel::joined},
      {ChannelFit::ambiguous, UnmatchedChannel::ambiguous},
      {ChannelFit::unasked, UnmatchedChannel::unasked},
      {ChannelFit::cancelled, UnmatchedChannel::cancelled},
      {ChannelFit::unknown_type, UnmatchedChannel::unknown_type},
      {ChannelFit::limit, UnmatchedChannel::limit}};
  for (const auto& [fit, label] : rows) EXPECT_EQ(unmatched_channel(fit), label);
}

TEST(Explain, each_unmatched_channel_has_words_and_says_what_to_do) {
  for (const auto outcome : observe::all<UnmatchedChannel>()) {
    EXPECT_FALSE(unmatched_text(outcome).empty()) << to_string(outcome);
    EXPECT_FALSE(unmatched_hint(outcome).empty()) << to_string(outcome);
  }
}

}  // namespace
}  // namespace towline::supervisor
