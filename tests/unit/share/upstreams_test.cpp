#include "share/upstreams.hpp"

#include <gtest/gtest.h>

namespace towline::share {
namespace {

TEST(Upstreams, nobody_is_there) { EXPECT_EQ(choose({}, true), nullptr); }

}  // namespace
}  // namespace towline::share
