// What makes a hole in towline less useful: how the binary is made, and what a running one has given up.
#include "integration/fixtures/tunnel.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <sstream>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// The line of proc(5)'s status that begins with `name`, for each thread of the process.
std::vector<std::string> of_each_thread(const std::string& pid, const std::string& name) {
  std::vector<std::string> found;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + pid + "/task")) {
    std::istringstream status(read_file(thread.path() / "status"));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(name + ":")) found.push_back(line);
    }
  }
  return found;
}

std::string of_this_process(const std::string& name) { return of_each_thread("self", name).front(); }

class Hardening : public TunnelTest {
 protected:
  EchoServer target_;
};

TEST_F(Hardening, up_has_no_thread_outside_the_sandbox_and_says_so) {
  const auto towline = start(environment(Mode::local, target_.port()));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  if (product().instrumented) {
    EXPECT_TRUE(towline->logged("sandbox=\"off: sanitizers")) << towline->log();
    return;
  }
  EXPECT_TRUE(towline->logged("sandbox=on")) << towline->log();
  const auto pid = std::to_string(towline->process().pid());
  const auto modes = of_each_thread(pid, "Seccomp");
  EXPECT_GE(modes.size(), 3U) << "main, session, admin";
  EXPECT_THAT(modes, testing::Each("Seccomp:\t2"));
  EXPECT_THAT(of_each_thread(pid, "NoNewPrivs"), testing::Each("NoNewPrivs:\t1"));
}

TEST_F(Hardening, the_program_of_run_is_as_free_as_without_towline) {
  auto variables = environment(Mode::local, target_.port());
  variables["PATH"] = "/usr/bin:/bin";
  const auto seen = dir_.path("seen");
  Towline towline(dir_, variables, {"run", "--", "/bin/sh", "-c", "cat /proc/self/status > " + seen});
  EXPECT_EQ(towline.process().exit_code(30s), 0) << towline.log();
  for (const auto* name : {"Seccomp", "NoNewPrivs", "CapBnd"})
    EXPECT_THAT(read_file(seen), HasSubstr(of_this_process(name) + "\n"));
}

TEST(HardenedBinary, is_a_static_pie_with_nothing_that_is_writable_and_executable) {
  if (product().instrumented) GTEST_SKIP() << "one with sanitizers is dynamic";
  const auto text =
      output_of({"/usr/bin/readelf", "--wide", "--file-header", "--segments", "--dynamic", product().binary});
  EXPECT_THAT(text, HasSubstr("DYN (Position-Independent Executable file)"));
  EXPECT_THAT(text, HasSubstr("GNU_RELRO"));
  EXPECT_THAT(text, HasSubstr("NOW"));
  EXPECT_THAT(text, Not(HasSubstr("INTERP")));
  EXPECT_THAT(text, Not(HasSubstr("(NEEDED)")));
  EXPECT_THAT(text, Not(HasSubstr("RWE")));
}

TEST(HardenedBinary, checks_stacks_sizes_and_the_library_s_preconditions) {
  if (product().instrumented) GTEST_SKIP() << "sanitizers check more";
  const auto symbols = output_of({"/usr/bin/readelf", "--wide", "--symbols", product().binary});
  for (const auto* called : {"__stack_chk_fail", "__memcpy_chk", "__glibcxx_assert_fail"})
    EXPECT_NE(symbols.find(called), std::string::npos) << called << ": built without what calls it";
}

TEST(HardenedBinary, does_not_know_where_it_was_built) {
  if (product().instrumented) GTEST_SKIP() << "one that is not shipped may";
  const auto binary = read_file(product().binary);
  const auto source = std::filesystem::path(TOWLINE_TESTS_DIR).parent_path().string() + "/";
  for (const auto& place : {source, std::string("/tmp/tmp.")})
    EXPECT_EQ(binary.find(place), std::string::npos) << place;
}

}  // namespace

}  // namespace towline::fixtures
