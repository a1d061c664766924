#include "forward/connection.hpp"

#include "net/error.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

namespace towline::forward {
namespace {

using observe::ConnectionFailure;
using ssh::errc;

TEST(Connection, a_channel_that_could_not_be_opened_has_a_label) {
  const std::pair<error_code, ConnectionFailure> rows[] = {
      {errc::open_administratively_prohibited, ConnectionFailure::channel_prohibited},
      {errc::open_unknown_channel_type, ConnectionFailure::channel_prohibited},
      {errc::open_connect_failed, ConnectionFailure::channel_connect_failed},
      {errc::open_resource_shortage, ConnectionFailure::channel_resource},
      {errc::open_timeout, ConnectionFailure::target_timeout},
      {asio::error::connection_reset, ConnectionFailure::client_reset},
      {errc::channel_closed, ConnectionFailure::not_up},
      {errc::session_closed, ConnectionFailure::not_up},
      {errc::keepalive_timeout, ConnectionFailure::not_up},
      {asio::error::operation_aborted, ConnectionFailure::not_up},
      {error_code(static_cast<int>(errc::open_connect_failed), boost::system::generic_category()),
       ConnectionFailure::not_up}};
  for (const auto& [code, label] : rows) EXPECT_EQ(channel_failure(code), label) << code.message();
}

TEST(Connection, a_target_that_could_not_be_reached_has_a_label) {
  const std::pair<error_code, ConnectionFailure> rows[] = {
      {net::errc::name_not_found, ConnectionFailure::target_dns},
      {net::errc::no_address, ConnectionFailure::target_dns},
      {net::errc::name_server_failed, ConnectionFailure::target_dns},
      {net::errc::resolve_timed_out, ConnectionFailure::target_dns},
      {net::errc::connect_timed_out, ConnectionFailure::target_timeout},
      {asio::error::timed_out, ConnectionFailure::target_timeout},
      {asio::error::connection_refused, ConnectionFailure::target_refused},
      {asio::error::host_unreachable, ConnectionFailure::target_refused},
      {asio::error::no_descriptors, ConnectionFailure::resource_shortage},
      {asio::error::no_memory, ConnectionFailure::resource_shortage},
      {asio::error::connection_reset, ConnectionFailure::target_reset},
      {asio::error::broken_pipe, ConnectionFailure::target_reset},
      {asio::error::operation_aborted, ConnectionFailure::not_up}};
  for (const auto& [code, label] : rows) EXPECT_EQ(target_failure(code), label) << code.message();
}

}  // namespace
}  // namespace towline::forward
