#include "forward/spec.hpp"

#include <gtest/gtest.h>

namespace towline::forward {

namespace {

TEST(ForwardSpec, names_its_ends_by_address_or_path) {
  ForwardSpec spec{.listen = {"127.0.0.1", 8080}, .connect = {"db", 5432}};
  EXPECT_EQ(listen_text(spec), "127.0.0.1:8080");
  EXPECT_EQ(connect_text(spec), "db:5432");
  spec.listen_path = "/run/in.sock";
  spec.connect_path = "/run/out.sock";
  EXPECT_EQ(listen_text(spec), "/run/in.sock");
  EXPECT_EQ(connect_text(spec), "/run/out.sock");
}

TEST(ForwardSpec, a_dynamic_forward_has_no_target_of_its_own) {
  EXPECT_EQ(connect_text({.mode = Mode::dynamic}), "socks");
  EXPECT_EQ(connect_text({.mode = Mode::share}), "ssh");
}

TEST(ForwardSpec, waits_for_its_target_for_a_minute_and_probes_six_times_in_one) {
  EXPECT_EQ(ForwardSpec{}.target_timeout, std::chrono::seconds(60));
  EXPECT_EQ(ProbeSpec{}.interval, std::chrono::seconds(10));
}

}  // namespace

}  // namespace towline::forward
