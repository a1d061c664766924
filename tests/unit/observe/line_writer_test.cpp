#include "observe/line_writer.hpp"

#include "observe/instant.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <climits>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::observe {
namespace {

using namespace std::chrono_literals;

std::string told(std::uint64_t dropped) { return "dropped " + std::to_string(dropped) + "\n"; }

std::string line_of(int number, std::size_t size = 100) {
  auto line = std::to_string(number);
  line.resize(size - 1, '.');
  return line + '\n';
}

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line + '\n');
  return lines;
}

// A blocking pipe that holds one page.
class Pipe {
 public:
  Pipe() {
    EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
    EXPECT_GT(::fcntl(ends_[1], F_SETPIPE_SZ, 4096), 0);
  }
  ~Pipe() {
    stop_reading();
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int in() const { return ends_[1]; }
  void stop_reading() {
    if (const int end = std::exchange(ends_[0], -1); end >= 0) ::close(end);
  }

  // What comes until `end` has come.
  std::string read_until(const std::string& end) const {
    std::string text;
    char some[1024];
    pollfd readable{.fd = ends_[0], .events = POLLIN, .revents = 0};
    while (!text.ends_with(end) && ::poll(&readable, 1, 10'000) > 0) {
      const auto n = ::read(ends_[0], some, sizeof some);
      if (n <= 0) break;
      text.append(some, static_cast<std::size_t>(n));
    }
    return text;
  }

 private:
  int ends_[2] = {-1, -1};
};

class LineWriterTest : public testing::Test {
 protected:
  // Past what the pipe, the writing thread and the queue can take. How many lines were written.
  static int fill(LineWriter& writer) {
    int written = 0;
    while (writer.dropped() < 10 && written < 100'000) writer.write(line_of(written++));
    return written;
  }
};

TEST_F(LineWriterTest, writes_lines_of_any_length_in_order) {
  const Pipe pipe;
  LineWriter writer(pipe.in(), told);
  std::string all;
  for (int i = 0; i < 50; ++i) {
    const auto line = line_of(i, i % 5 == 0 ? 3 * PIPE_BUF + 7 : 60);
    all += line;
    writer.write(line);
  }
  EXPECT_EQ(pipe.read_until(line_of(49, 60)), all);
  EXPECT_EQ(writer.dropped(), 0U);
}

TEST_F(LineWriterTest, waits_for_no_reader_and_says_what_was_dropped_when_there_is_one_again) {
  const Pipe pipe;
  LineWriter writer(pipe.in(), told);
  const int written = fill(writer);
  ASSERT_GE(writer.dropped(), 10U);
  const auto end = told(writer.dropped());
  const auto lines = lines_in(pipe.read_until(end));
  ASSERT_EQ(lines.size() - 1 + writer.dropped(), static_cast<std::size_t>(written));
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) ASSERT_EQ(lines[i], line_of(static_cast<int>(i)));
  EXPECT_EQ(lines.back(), end);
  writer.write("after\n");
  EXPECT_EQ(pipe.read_until("after\n"), "after\n");
}

TEST_F(LineWriterTest, leaves_the_descriptor_as_it_is) {
  const Pipe pipe;
  const int before = ::fcntl(pipe.in(), F_GETFL);
  LineWriter writer(pipe.in(), told);
  fill(writer);
  EXPECT_EQ(::fcntl(pipe.in(), F_GETFL), before);
}

TEST_F(LineWriterTest, ends_soon_though_nobody_reads) {
  const Pipe pipe;
  const auto begin = Steady::now();
  {
    LineWriter writer(pipe.in(), told);
    for (int i = 0; i < 100; ++i) writer.write(line_of(i));
    EXPECT_FALSE(writer.flush(1ms));
  }
  EXPECT_LT(Steady::now() - begin, 5s);
}

TEST_F(LineWriterTest, that_ends_has_written_everything_where_somebody_reads) {
  const Pipe pipe;
  {
    LineWriter(pipe.in(), told).write("the last line\n");
  }
  EXPECT_EQ(pipe.read_until("the last line\n"), "the last line\n");
}

TEST_F(LineWriterTest, counts_what_a_full_disk_and_a_reader_that_is_gone_do_not_take) {
  ::signal(SIGPIPE, SIG_IGN);
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  Pipe pipe;
  pipe.stop_reading();
  constexpr int closed = 1'000;
  for (const int descriptor : {full, pipe.in(), closed}) {
    LineWriter writer(descriptor, told);
    for (int i = 0; i < 3; ++i) writer.write(line_of(i));
    EXPECT_TRUE(writer.flush(10s));
    EXPECT_EQ(writer.dropped(), 3U) << descriptor;
  }
  ::close(full);
}

// A limit of the file's size stands for a disk that is full for a while.
TEST_F(LineWriterTest, goes_on_at_the_beginning_of_a_line_after_one_that_was_cut) {
  ::signal(SIGXFSZ, SIG_IGN);
  auto path = testing::TempDir() + "towline-lines-XXXXXX";
  const int file = ::mkstemp(path.data());
  ASSERT_GE(file, 0);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  {
    LineWriter writer(file, told);
    const rlimit small{.rlim_cur = 10, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    writer.write("one that is cut\n");
    writer.write("one that is lost\n");
    EXPECT_TRUE(writer.flush(10s));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    writer.write("one that is whole\n");
  }
  ::close(file);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "one that i\none that is whole\ndropped 2\n");
  ::unlink(path.c_str());
}

TEST_F(LineWriterTest, waits_for_no_terminal) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(terminal, 0);
  ASSERT_TRUE(::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0);
  const int shown_on = ::open(::ptsname(terminal), O_WRONLY | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(shown_on, 0);
  const auto begin = Steady::now();
  {
    LineWriter writer(shown_on, told);
    EXPECT_GT(fill(writer), 10);
  }
  EXPECT_LT(Steady::now() - begin, 10s);
  // Not `shown_on`: the kernel may still hold the thread in a write() to it, and gives it back now.
  ::close(terminal);
}

}  // namespace
}  // namespace towline::observe
