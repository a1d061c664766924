#include "supervisor/explain.hpp"

#include "net/error.hpp"
#include "ssh/error.hpp"

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
  options.server = {"bastion", 2222};
  options.user = "tunnel";
  options.credentials.keys = {{.file = "/run/secrets/key", .text = nullptr}};
  options.credentials.agent_socket = "/run/agent";
  options.host_key.known_hosts_files = {"/etc/known_hosts"};
  return options;
}

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
      {errc::connect_timeout, ConnectFailure::timeout},
      {errc::banner_missing, ConnectFailure::banner},
      {errc::no_common_key_exchange, ConnectFailure::kex},
      {errc::no_common_host_key, ConnectFailure::kex},
      {errc::no_common_cipher, ConnectFailure::kex},
      {errc::no_common_mac, ConnectFailure::kex},
      {errc::no_common_compression, ConnectFailure::kex},
      {errc::key_exchange_failed, ConnectFailure::kex},
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
      {errc::too_many_attempts, ConnectFailure::auth},
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
      {errc::keepalive_timeout, ConnectFailure::timeout}};
  std::set<error_code> named;
  for (const auto& [code, label] : rows) {
    EXPECT_EQ(connect_failure(code), label) << code.message();
    named.insert(code);
  }
  for (auto e : every_errc()) {
    if (!named.contains(e))
      EXPECT_EQ(connect_failure(e), ConnectFailure::internal) << error_code(e).message();
  }
}

TEST(Explain, each_end_of_a_session_has_its_label) {
  const std::map<errc, Disconnect> labels = {{errc::peer_closed, Disconnect::peer_closed},
                                             {errc::peer_disconnected, Disconnect::peer_disconnect_msg},
                                             {errc::keepalive_timeout, Disconnect::rx_timeout},
                                             {errc::transport_failed, Disconnect::socket_error},
                                             {errc::rekey_failed, Disconnect::rekey},
                                             {errc::host_key_changed_in_rekey, Disconnect::rekey},
                                             {errc::session_closed, Disconnect::shutdown}};
  for (auto e : every_errc()) {
    const auto label = labels.find(e);
    EXPECT_EQ(disconnect(e), label == labels.end() ? Disconnect::protocol : label->second)
        << error_code(e).message();
  }
  EXPECT_EQ(disconnect(system_error::connection_reset), Disconnect::socket_error);
  EXPECT_EQ(disconnect(net::errc::connect_timed_out), Disconnect::socket_error);
}

TEST(Explain, every_failure_has_a_next_step) {
  for (const auto e : every_errc()) {
    const bool in_order = e == errc::session_closed || e == errc::channel_closed;
    EXPECT_EQ(hint(e, options()).empty(), in_order) << error_code(e).message();
  }
  for (int value = 1; value <= static_cast<int>(net::errc::not_a_socket); ++value)
    EXPECT_NE(hint(static_cast<net::errc>(value), options()), "") << value;
}

TEST(Explain, what_the_system_says_leads_to_different_places) {
  using boost::system::errc::make_error_code;
  const std::pair<error_code, const char*> rows[] = {
      {system_error::connection_refused, "SSH_REMOTE_PORT"},
      {system_error::timed_out, "firewall that drops packets on the way to bastion:2222"},
      {system_error::host_unreachable, "route to bastion:2222"},
      {system_error::network_unreachable, "route"},
      {system_error::connection_reset, "network"},
      {system_error::access_denied, "network policy"},
      {make_error_code(boost::system::errc::operation_not_permitted), "network policy"},
      {make_error_code(boost::system::errc::address_not_available), "BindAddress"},
      {make_error_code(boost::system::errc::no_such_device), "BindInterface"},
      {make_error_code(boost::system::errc::too_many_files_open), "ulimit -n"}};
  for (const auto& [code, word] : rows) EXPECT_THAT(hint(code, options()), HasSubstr(word)) << code.message();
}

TEST(Explain, hints_are_one_line_and_no_sentence_with_a_full_stop) {
  for (auto e : every_errc()) {
    const auto text = hint(e, options());
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    EXPECT_FALSE(text.ends_with('.')) << text;
  }
}

TEST(Explain, hints_name_what_the_operator_has_configured) {
  EXPECT_THAT(hint(errc::host_key_mismatch, options()), HasSubstr("/etc/known_hosts"));
  EXPECT_THAT(hint(errc::host_key_unknown, options()), HasSubstr("ssh-keyscan -p 2222 bastion"));
  EXPECT_THAT(hint(errc::key_file_invalid, options()), HasSubstr("/run/secrets/key"));
  EXPECT_THAT(hint(errc::key_file_unreadable, options()), HasSubstr("mode"));
  EXPECT_THAT(hint(errc::authentication_refused, options()), HasSubstr("~tunnel/.ssh/authorized_keys"));
  EXPECT_THAT(hint(errc::banner_missing, options()), HasSubstr("bastion:2222"));
  EXPECT_THAT(hint(errc::host_key_mismatch, {}), HasSubstr("the known_hosts file"));
  EXPECT_THAT(hint(errc::agent_unreachable, options()), HasSubstr("SSH_AUTH_SOCK /run/agent"));
  EXPECT_THAT(hint(errc::password_change_required, options()), HasSubstr("as tunnel"));
}

TEST(Explain, where_nothing_could_be_shown_the_variables_are_named) {
  ssh::Options nothing;
  EXPECT_THAT(hint(errc::authentication_refused, nothing),
              HasSubstr("set SSH_KEY_FILE, SSH_KEY or SSH_PASSWORD"));
  nothing.credentials.agent_socket = "/run/agent";
  EXPECT_THAT(hint(errc::authentication_refused, nothing), HasSubstr("authorized_keys"));
}

TEST(Explain, names_and_addresses_lead_to_different_places) {
  for (auto e : {net::errc::name_not_found, net::errc::no_address, net::errc::name_server_failed,
                 net::errc::resolve_timed_out}) {
    EXPECT_THAT(hint(e, options()), HasSubstr("/etc/resolv.conf")) << error_code(e).message();
  }
  for (const error_code& code :
       {error_code(net::errc::connect_timed_out), error_code(system_error::timed_out)}) {
    EXPECT_THAT(hint(code, options()), HasSubstr("firewall"));
    EXPECT_THAT(hint(code, options()), testing::Not(HasSubstr("resolv.conf")));
  }
}

TEST(Explain, what_the_server_says_decides_where_it_is_known) {
  Failure closed(errc::peer_closed);
  EXPECT_THAT(hint(closed, options()), HasSubstr("log"));
  closed.said = R"("Your account has expired; please contact your system administrator.")";
  EXPECT_THAT(hint(closed, options()), HasSubstr("chage -E -1 tunnel"));
}

TEST(Explain, a_failure_without_a_reason_is_a_bug) {
  EXPECT_EQ(connect_failure(internal_error()), ConnectFailure::internal);
  EXPECT_EQ(disconnect(internal_error()), Disconnect::protocol);
  EXPECT_THAT(hint(internal_error(), options()), HasSubstr("report it"));
}

}  // namespace
}  // namespace towline::supervisor
