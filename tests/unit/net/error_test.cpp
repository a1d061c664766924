#include "net/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <gtest/gtest.h>

#include <set>

namespace towline::net {
namespace {

TEST(NetError, every_reason_has_a_sentence_of_its_own) {
  std::set<std::string> sentences;
  const auto last = static_cast<int>(errc::not_a_socket);
  for (int value = 1; value <= last; ++value)
    sentences.insert(make_error_code(static_cast<errc>(value)).message());
  EXPECT_EQ(sentences.size(), static_cast<std::size_t>(last));
  EXPECT_EQ(sentences.count("unknown network error"), 0U);
}

TEST(NetError, converts_to_an_error_code_of_its_category) {
  const boost::system::error_code code = errc::name_not_found;
  EXPECT_EQ(code.category(), net_category());
  EXPECT_EQ(code.message(), "name not found");
  EXPECT_TRUE(code.failed());
}

TEST(NetError, what_ran_out_here_is_told_from_what_failed_elsewhere) {
  namespace system_errc = boost::system::errc;
  const auto code = [](system_errc::errc_t value) {
    return boost::system::error_code(value, boost::system::system_category());
  };
  for (const auto value : {system_errc::too_many_files_open, system_errc::too_many_files_open_in_system,
                           system_errc::no_buffer_space, system_errc::not_enough_memory}) {
    EXPECT_TRUE(is_resource_shortage(code(value))) << code(value).message();
  }
  EXPECT_TRUE(is_resource_shortage(boost::asio::error::no_descriptors));
  for (const boost::system::error_code other :
       {boost::system::error_code(), boost::system::error_code(boost::asio::error::connection_refused),
        boost::system::error_code(boost::asio::error::timed_out), code(system_errc::no_space_on_device),
        make_error_code(errc::name_server_failed)}) {
    EXPECT_FALSE(is_resource_shortage(other)) << other.message();
  }
}

}  // namespace
}  // namespace towline::net
