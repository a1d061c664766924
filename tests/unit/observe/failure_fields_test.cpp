#include "observe/failure_fields.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace towline::observe {
namespace {

std::string shown(const std::optional<Failure>& failure) {
  return render_fields(LogFormat::logfmt, FailureFields({{"reason", "x"}}, failure, "do"));
}

TEST(FailureFields, name_the_systems_error_behind_a_failure) {
  const boost::system::error_code reset(ECONNRESET, boost::system::system_category());
  EXPECT_EQ(shown(Failure(reset)), R"( reason=x err="Connection reset by peer" errno=ECONNRESET hint=do)");
  Failure failure(internal_error());
  failure.cause = reset;
  EXPECT_NE(shown(failure).find(" errno=ECONNRESET hint=do"), std::string::npos);
}

TEST(FailureFields, have_the_servers_number) {
  Failure failure(internal_error());
  failure.ssh_code = 11;
  EXPECT_NE(shown(failure).find(" ssh_code=11 hint=do"), std::string::npos);
}

TEST(FailureFields, leave_out_the_numbers_that_are_not_there) {
  const auto line = shown(internal_error());
  EXPECT_EQ(line.find("errno"), std::string::npos);
  EXPECT_EQ(line.find("ssh_code"), std::string::npos);
}

TEST(FailureFields, are_the_reason_and_the_hint_where_nothing_failed) {
  EXPECT_EQ(shown(std::nullopt), " reason=x hint=do");
}

}  // namespace
}  // namespace towline::observe
