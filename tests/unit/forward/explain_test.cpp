#include "forward/explain.hpp"

#include "net/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::forward {
namespace {

using observe::ConnectionFailure;
using observe::SetupFailure;
using testing::HasSubstr;
namespace system_errc = boost::system::errc;

error_code of_system(system_errc::errc_t value) { return {value, boost::system::system_category()}; }

TEST(ForwardExplain, a_refusal_to_bind_here_has_a_label) {
  const std::pair<error_code, SetupFailure> rows[] = {
      {asio::error::address_in_use, SetupFailure::port_in_use},
      {net::errc::stale_socket, SetupFailure::port_in_use},
      {net::errc::not_a_socket, SetupFailure::port_in_use},
      {asio::error::access_denied, SetupFailure::denied},
      {of_system(system_errc::operation_not_permitted), SetupFailure::denied},
      {of_system(system_errc::read_only_file_system), SetupFailure::denied},
      {of_system(system_errc::address_not_available), SetupFailure::address},
      {of_system(system_errc::no_such_file_or_directory), SetupFailure::address},
      {of_system(system_errc::filename_too_long), SetupFailure::address},
      {net::errc::name_not_found, SetupFailure::address},
      {of_system(system_errc::too_many_files_open), SetupFailure::resource_shortage},
      {of_system(system_errc::no_buffer_space), SetupFailure::resource_shortage}};
  for (const auto& [code, label] : rows) EXPECT_EQ(setup_failure(code), label) << code.message();
}

TEST(ForwardExplain, a_refusal_to_bind_here_says_what_to_do) {
  const ForwardSpec tcp{.mode = Mode::local, .listen = {"127.0.0.1", 80}};
  const ForwardSpec path{.mode = Mode::local, .listen_path = "/run/db.sock"};
  const std::tuple<const ForwardSpec&, error_code, const char*> rows[] = {
      {tcp, asio::error::address_in_use, "ip_local_port_range"},
      {tcp, asio::error::access_denied, "1024"},
      {tcp, of_system(system_errc::address_not_available), "0.0.0.0"},
      {tcp, of_system(system_errc::too_many_files_open), "ulimit -n"},
      {path, of_system(system_errc::too_many_files_open), "ulimit -n"},
      {path, net::errc::stale_socket, "StreamLocalBindUnlink=yes"},
      {path, net::errc::not_a_socket, "another path"},
      {path, asio::error::address_in_use, "another path"},
      {path, asio::error::access_denied, "writable"},
      {path, of_system(system_errc::no_such_file_or_directory), "folder must exist"}};
  for (const auto& [spec, code, words] : rows) {
    EXPECT_THAT(bind_refusal(spec, {code, "where"}).hint, HasSubstr(words)) << code.message();
    EXPECT_THAT(bind_refusal(spec, {code, "where"}).detail, HasSubstr("where"));
  }
}

TEST(ForwardExplain, a_refusal_of_the_server_names_the_address_and_its_settings) {
  const ForwardSpec tcp{.listen = {"", 0}};
  const auto refused = listen_refusal(tcp, 8080, SetupFailure::refused);
  EXPECT_EQ(refused.reason.label(), "refused");
  EXPECT_EQ(refused.detail, "the server refused to listen on :8080");
  EXPECT_THAT(refused.hint, HasSubstr("PermitListen"));
  EXPECT_THAT(listen_refusal(tcp, 8080, SetupFailure::timeout).detail, HasSubstr("did not answer"));
  EXPECT_THAT(listen_refusal(tcp, 8080, SetupFailure::timeout).hint, HasSubstr("look at the server"));
  EXPECT_EQ(listen_refusal(tcp, 8080, SetupFailure::refused, "127.0.0.1:8080").detail,
            "the server refused to listen on 127.0.0.1:8080");

  const auto path = listen_refusal({.listen_path = "/run/db.sock"}, 0, SetupFailure::refused);
  EXPECT_EQ(path.detail, "the server refused to listen on /run/db.sock");
  EXPECT_THAT(path.hint, HasSubstr("StreamLocalBindUnlink yes"));
}

TEST(ForwardExplain, every_reason_of_a_connection_but_the_reserved_ones_has_one) {
  for (const auto reason : observe::all<ConnectionFailure>()) {
    const bool reserved = reason == ConnectionFailure::draining || reason == ConnectionFailure::rate;
    EXPECT_EQ(connection_hint(reason, Mode::remote).empty(), reserved) << to_string(reason);
    EXPECT_EQ(connection_hint(reason, Mode::local).empty(), reserved) << to_string(reason);
  }
}

TEST(ForwardExplain, a_limit_says_which_and_what_to_raise) {
  EXPECT_NE(limit_hint(Limit::connections).find("TOWLINE_MAX_CONNECTIONS"), std::string::npos);
  EXPECT_NE(limit_hint(Limit::descriptors).find("ulimit -n"), std::string::npos);
  EXPECT_EQ(limit_hint(Limit::descriptors).find("TOWLINE_MAX_CONNECTIONS"), std::string::npos);
}

TEST(ForwardExplain, a_timeout_is_on_the_way_from_where_the_target_is_connected) {
  EXPECT_NE(connection_hint(ConnectionFailure::target_timeout, Mode::remote).find("between here"),
            std::string_view::npos);
  EXPECT_NE(connection_hint(ConnectionFailure::target_timeout, Mode::local).find("between the server"),
            std::string_view::npos);
}

}  // namespace
}  // namespace towline::forward
