#include "app/build.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::app {
namespace {

using testing::HasSubstr;

TEST(Licenses, say_where_the_source_of_libssh_is_and_how_to_link_it_again) {
  const auto text = licenses_text();
  EXPECT_THAT(text, HasSubstr("libssh 0."));
  EXPECT_THAT(text, HasSubstr("LGPL-2.1-or-later"));
  EXPECT_THAT(text, HasSubstr("towline " + std::string(revision())));
  EXPECT_THAT(text, HasSubstr("third_party/libssh/README.md"));
  for (const auto* library :
       {"libssh2", "OpenSSL", "Boost", "c-ares", "prometheus-cpp", "zlib", "GNU C Library"})
    EXPECT_THAT(text, HasSubstr(library));
}

}  // namespace
}  // namespace towline::app
