// docs/troubleshooting.md names every failure: its tables are what the program says.
#include "forward/explain.hpp"
#include "forward/probe_rules.hpp"
#include "net/error.hpp"
#include "ssh/wire/error.hpp"
#include "supervisor/explain.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace towline::supervisor {
namespace {

using boost::system::error_code;
namespace asio_error = boost::asio::error;
namespace system_errc = boost::system::errc;

// The page's words for what an operator has configured.
ssh::Options page_options() {
  ssh::Options options;
  options.user = "USER";
  options.credentials.keys = {{.file = "KEY_FILE", .text = nullptr}};
  options.host_key.known_hosts_files = {"KNOWN_HOSTS"};
  options.jump_hosts = {{{"JUMP_HOST", 22}, "USER", options.credentials}};
  return options;
}

std::string page_hint(const error_code& code, std::optional<std::size_t> jump_host = {}) {
  const auto options = page_options();
  return hint(code, peer_of({"SERVER", 22}, options, jump_host));
}

forward::ForwardSpec spec(forward::Mode mode, const std::string& listen_path = {}) {
  forward::ForwardSpec spec;
  spec.mode = mode;
  spec.listen = {"ADDRESS", 8080};
  spec.listen_path = listen_path;
  spec.connect = {"TARGET", 80};
  return spec;
}

// A column's bar would end its cell.
std::string row(std::string_view reason, std::string_view sentence, std::string_view hint) {
  return "| `" + std::string(reason) + "` | " + std::string(sentence) + " | " + std::string(hint) + " |";
}

std::string session_row(observe::Reason reason, const error_code& code) {
  const auto next = code == ssh::errc::session_closed ? "nothing: towline closed it" : page_hint(code);
  return row(reason.label(), code.message(), next);
}

// An attempt, and the end of a session: whatever has a label of its own among the reasons of the former is
// one of these.
std::vector<error_code> ssh_codes() {
  std::vector<error_code> all;
  for (int value = 1; ssh::error_category().message(value) != "unknown SSH error"; ++value)
    all.emplace_back(value, ssh::error_category());
  return all;
}

std::vector<std::string> attempts() {
  using enum net::errc;
  std::vector<error_code> codes = {name_not_found,
                                   no_address,
                                   name_server_failed,
                                   resolve_timed_out,
                                   asio_error::connection_refused,
                                   connect_timed_out,
                                   asio_error::host_unreachable,
                                   asio_error::access_denied,
                                   make_error_code(system_errc::address_not_available),
                                   make_error_code(system_errc::too_many_files_open)};
  for (const auto& code : ssh_codes()) {
    const auto reason = connect_failure(code);
    const bool by_a_jump_host = reason == observe::ConnectFailure::proxy || code == ssh::errc::open_timeout;
    const auto e = static_cast<ssh::errc>(code.value());
    const bool told_as_an_end = e >= ssh::errc::mac_invalid && e <= ssh::errc::message_too_large;
    if (reason != observe::ConnectFailure::internal && !by_a_jump_host && !told_as_an_end)
      codes.push_back(code);
  }
  std::vector<std::string> rows;
  for (const auto& code : codes) rows.push_back(session_row(connect_failure(code), code));
  return rows;
}

std::vector<std::string> jump_hosts() {
  using enum ssh::errc;
  std::vector<std::string> rows;
  for (const error_code code : {error_code(open_administratively_prohibited), error_code(open_connect_failed),
                                error_code(open_unknown_channel_type), error_code(open_resource_shortage),
                                error_code(open_timeout), error_code(authentication_refused)}) {
    rows.push_back(row(to_string(connect_failure(code)), code.message(), page_hint(code, 0)));
  }
  return rows;
}

// Every sentence about SSH that is in none of the other tables.
std::vector<std::string> ends() {
  std::vector<std::string> rows;
  for (const auto& code : ssh_codes()) {
    const auto e = static_cast<ssh::errc>(code.value());
    const bool of_a_channel = e >= ssh::errc::open_administratively_prohibited;
    const bool of_an_attempt = e < ssh::errc::peer_closed;
    if (!of_a_channel && !of_an_attempt) rows.push_back(session_row(disconnect(code), code));
  }
  return rows;
}

std::vector<std::string> listeners() {
  using enum forward::Mode;
  using observe::SetupFailure;
  std::vector<std::string> rows;
  const auto add = [&](const forward::Explanation& why) {
    rows.push_back(row(why.reason.label(), why.detail, why.hint));
  };
  for (const auto reason : {SetupFailure::refused, SetupFailure::timeout}) {
    add(listen_refusal(spec(remote), 8080, reason));
    add(listen_refusal(spec(remote, "/SOCKET"), 0, reason));
  }
  const error_code tcp[] = {asio_error::address_in_use, asio_error::access_denied,
                            make_error_code(system_errc::address_not_available), asio_error::no_descriptors};
  for (const auto& code : tcp) add(bind_refusal(spec(local), code));
  const error_code path[] = {asio_error::address_in_use, net::errc::stale_socket, net::errc::not_a_socket,
                             asio_error::access_denied,
                             make_error_code(system_errc::no_such_file_or_directory)};
  for (const auto& code : path) add(bind_refusal(spec(local, "/SOCKET"), code));
  return rows;
}

std::vector<std::string> connections() {
  std::vector<std::string> rows;
  for (const auto reason : observe::all<observe::ConnectionFailure>()) {
    const auto remote = std::string(connection_hint(reason, forward::Mode::remote));
    const auto local = std::string(connection_hint(reason, forward::Mode::local));
    if (local.empty()) continue;
    const auto both = remote == local ? remote : "`-R`: " + remote + "; `-L`, `-D`: " + local;
    const auto add = [&](const std::string& hint) {
      rows.push_back("| `" + std::string(to_string(reason)) + "` | " + hint + " |");
    };
    add(both);
    if (reason == observe::ConnectionFailure::limit) add(limit_hint(forward::Limit::descriptors));
  }
  return rows;
}

std::vector<std::string> probes() {
  std::vector<std::string> rows;
  for (const auto reason : observe::all<observe::ProbeFailure>()) {
    const auto remote = probe_hint(spec(forward::Mode::remote), reason);
    const auto local = probe_hint(spec(forward::Mode::local), reason);
    const auto both = remote == local ? remote : "`-R`: " + remote + "; `-L`: " + local;
    rows.push_back("| `" + std::string(to_string(reason)) + "` | " + both + " |");
  }
  return rows;
}

std::vector<std::string> channels() {
  std::vector<std::string> rows;
  for (const auto outcome : observe::all<observe::UnmatchedChannel>())
    rows.push_back(row(to_string(outcome), unmatched_text(outcome), unmatched_hint(outcome)));
  return rows;
}

std::string page() {
  std::ifstream in(TOWLINE_SOURCE_DIR "/docs/troubleshooting.md");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The rows below the heading, one to a line.
std::string table_below(const std::string& heading) {
  const auto text = page();
  const auto at = text.find("\n## " + heading + "\n");
  if (at == std::string::npos) return "no such heading";
  const auto head = text.find("\n|---", at);
  const auto begin = text.find('\n', head + 1) + 1;
  return text.substr(begin, text.find("\n\n", begin) + 1 - begin);
}

std::string joined(const std::vector<std::string>& rows) {
  std::string text;
  for (const auto& each : rows) text += each + '\n';
  return text;
}

TEST(TroubleshootingPage, has_every_failure_with_its_reason_and_its_hint) {
  const std::pair<const char*, std::vector<std::string>> tables[] = {
      {"No session", attempts()},
      {"A jump host is in the way", jump_hosts()},
      {"The session ended", ends()},
      {"The session is up, the forward is not", listeners()},
      {"A connection is not joined to its target", connections()},
      {"A probe failed", probes()},
      {"A connection fits no forward", channels()}};
  for (const auto& [heading, rows] : tables) {
    EXPECT_EQ(table_below(heading), joined(rows)) << "replace the rows below \"" << heading << "\" with:\n"
                                                  << joined(rows);
  }
}

TEST(TroubleshootingPage, names_every_reason_that_can_occur) {
  const auto text = page();
  const auto named = [&](std::string_view reason) {
    EXPECT_NE(text.find("`" + std::string(reason) + "`"), std::string::npos) << reason;
  };
  for (const auto reason : observe::all<observe::ConnectFailure>()) named(to_string(reason));
  for (const auto reason : observe::all<observe::Disconnect>()) named(to_string(reason));
  for (const auto reason : observe::all<observe::ConnectionAborted>()) named(to_string(reason));
  for (int value = 1; net::net_category().message(value) != "unknown network error"; ++value)
    EXPECT_NE(text.find(net::net_category().message(value)), std::string::npos) << value;
}

}  // namespace
}  // namespace towline::supervisor
