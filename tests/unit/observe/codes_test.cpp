#include "observe/codes.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace towline::observe {
namespace {

std::string shown(const Failure& failure) {
  std::vector<Field> fields;
  add_codes(fields, failure);
  return render_fields(LogFormat::json, fields);
}

TEST(Codes, name_the_systems_error_behind_a_failure) {
  const boost::system::error_code reset(ECONNRESET, boost::system::system_category());
  EXPECT_EQ(shown(reset), R"(,"errno":"ECONNRESET")");
  Failure failure(internal_error());
  failure.cause = reset;
  EXPECT_EQ(shown(failure), R"(,"errno":"ECONNRESET")");
}

TEST(Codes, have_the_servers_number) {
  Failure failure(internal_error());
  failure.ssh_code = 11;
  EXPECT_EQ(shown(failure), R"(,"ssh_code":11)");
}

TEST(Codes, are_left_out_where_there_are_none) { EXPECT_EQ(shown(internal_error()), ""); }

}  // namespace
}  // namespace towline::observe
