#include "ssh/connection/open_request.hpp"

#include <gtest/gtest.h>

namespace towline::ssh::connection {
namespace {

TEST(OpenRequest, a_refusal_has_the_numbers_of_the_protocol) {
  for (const auto reason : {errc::open_administratively_prohibited, errc::open_connect_failed,
                            errc::open_unknown_channel_type, errc::open_resource_shortage})
    EXPECT_EQ(open_failure(open_failure_code(reason)), reason);
  EXPECT_EQ(open_failure_code(errc::open_administratively_prohibited), 1U);
  EXPECT_EQ(open_failure_code(errc::open_resource_shortage), 4U);
  EXPECT_EQ(open_failure_code(errc::open_timeout), 2U) << "what has no number is a connect failure";
  EXPECT_EQ(open_failure(99), errc::open_connect_failed);
}

TEST(OpenRequest, types_are_those_that_both_sides_know) {
  EXPECT_EQ(type_of(SessionChannel{}), "session");
  EXPECT_EQ(type_of(DirectTcpip{}), "direct-tcpip");
  EXPECT_EQ(type_of(DirectStreamlocal{}), "direct-streamlocal@openssh.com");
  EXPECT_EQ(type_of(ForwardedTcpip{}), "forwarded-tcpip");
  EXPECT_EQ(type_of(ForwardedStreamlocal{}), "forwarded-streamlocal@openssh.com");
  EXPECT_EQ(type_of(OpaqueChannel{"x11", {}}), "x11");
}

}  // namespace
}  // namespace towline::ssh::connection
