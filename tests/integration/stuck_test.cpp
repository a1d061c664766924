// What stands still outside of towline, or in it, and what must go on beside that.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/held_thread.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::vector<std::string> with_redirection(const std::string& redirection) {
  return {"/bin/sh", "-c", "exec \"$@\" " + redirection, "sh"};
}

// A blocking pipe of one page that is read when the test says so.
class SlowReader {
 public:
  explicit SlowReader(std::string path) : path_(std::move(path)) {
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    // Both ends, so that whoever opens it for writing finds a reader.
    end_ = ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    EXPECT_GT(::fcntl(end_, F_SETPIPE_SZ, 4096), 0);
  }
  ~SlowReader() { ::close(end_); }
  SlowReader(const SlowReader&) = delete;
  SlowReader& operator=(const SlowReader&) = delete;

  const std::string& path() const { return path_; }
  // Nothing more fits.
  void fill() const {
    const std::string page(4096, '\n');
    while (::write(end_, page.data(), page.size()) > 0) {
    }
  }
  // All that comes without a pause.
  void read() {
    constexpr int pause_ms = 50;
    pollfd readable{.fd = end_, .events = POLLIN, .revents = 0};
    char some[4096];
    while (::poll(&readable, 1, pause_ms) > 0) {
      const auto n = ::read(end_, some, sizeof some);
      if (n > 0) text_.append(some, static_cast<std::size_t>(n));
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string path_;
  int end_ = -1;
  std::string text_;
};

class Stuck : public TunnelTest {
 protected:
  Environment variables(const std::string& level = "trace") const {
    auto all = environment(Mode::local, target_.port());
    all["TOWLINE_LOG_LEVEL"] = level;
    all["TOWLINE_ACCESS_LOG"] = "true";
    return all;
  }
  std::vector<std::string> to_reader() const { return with_redirection("2>" + reader_.path()); }

  static double dropped(const Towline& towline) {
    return towline.metric("towline_log_messages_dropped_total");
  }

  EchoServer target_;
  SlowReader reader_{dir_.path("stderr")};
};

TEST_F(Stuck, a_reader_of_stderr_holds_up_no_connection_and_learns_how_many_lines_it_missed) {
  auto all = variables();
  all["TOWLINE_LOG_FORMAT"] = "json";
  all["SSH_TUNNEL_NAME"] = std::string(63, 'x');  // long lines are soon too many
  Towline towline(dir_, all, {}, to_reader());
  ASSERT_TRUE(towline.ready_within(patience));
  EXPECT_EQ(dropped(towline), 0);
  int connections = 0;
  while (connections < 5'000 && (connections % 100 != 0 || dropped(towline) == 0)) {
    ++connections;
    ASSERT_TRUE(echoes(entry_.number(), 5s)) << connections;
  }
  EXPECT_GT(dropped(towline), 0) << connections;
  EXPECT_EQ(towline.status("/livez"), 200);
  EXPECT_TRUE(towline.ready());
  EXPECT_TRUE(eventually(10s, [&] {
    reader_.read();
    return reader_.text().find("lines were dropped while stderr took none") != std::string::npos;
  }));
  towline.terminate();
  EXPECT_TRUE(eventually(10s, [&] {
    reader_.read();
    return towline.process().exit_code(0ms) == 0;
  }));
  reader_.read();
  EXPECT_THAT(reader_.text(), HasSubstr("shutdown.done"));
}

TEST_F(Stuck, a_reader_of_stderr_does_not_keep_it_from_ending) {
  for (const bool twice : {false, true}) {
    reader_.fill();
    Towline towline(dir_, variables(), {}, to_reader());
    ASSERT_TRUE(towline.ready_within(patience));
    auto client = Socket::connect(entry_.number(), 2s);
    ASSERT_TRUE(client && client->send_all("x", 2s) && client->receive(1, 2s) == "x");
    const auto begin = Clock::now();
    towline.terminate();
    if (twice) {
      EXPECT_TRUE(eventually(2s, [&] { return elapsed_since(begin) > 350ms; }));
      towline.terminate();
    } else {
      client->shutdown_write();
    }
    EXPECT_EQ(towline.process().exit_code(5s), twice ? 128 + SIGTERM : 0);
  }
}

TEST_F(Stuck, a_reader_of_stderr_does_not_keep_a_wrong_configuration_from_being_told) {
  reader_.fill();
  const std::pair<std::vector<std::string>, int> rows[] = {{{"up"}, 78}, {{"run", "--", "/bin/true"}, 125}};
  for (const auto& [command, code] : rows) {
    Towline towline(dir_, {{"SSH_MODE", "-X"}}, command, to_reader());
    EXPECT_EQ(towline.process().exit_code(10s), code) << command.front();
  }
}

TEST_F(Stuck, a_disk_that_is_full_or_a_reader_that_is_gone_takes_no_line_and_changes_nothing) {
  for (const auto* redirection : {"2>/dev/full", "2>&-"}) {
    Towline towline(dir_, variables(), {}, with_redirection(redirection));
    ASSERT_TRUE(towline.ready_within(patience)) << redirection;
    EXPECT_TRUE(echoes(entry_.number(), 5s));
    if (*(redirection + 2) == '/') EXPECT_GT(dropped(towline), 0);
    towline.terminate();
    EXPECT_EQ(towline.process().exit_code(10s), 0) << redirection;
  }
}

// What towline opens must not get their numbers: the log would be written to it.
TEST_F(Stuck, standard_descriptors_that_are_closed_are_held) {
  for (const auto* redirection : {"2>&-", "0<&- 2>&-", "0<&- 1>&- 2>&-"}) {
    Towline towline(dir_, variables(), {}, with_redirection(redirection));
    ASSERT_TRUE(towline.ready_within(patience)) << redirection;
    const auto descriptors = "/proc/" + std::to_string(towline.process().pid()) + "/fd/";
    EXPECT_EQ(std::filesystem::read_symlink(descriptors + "2"), "/dev/null") << redirection;
    for (const auto* number : {"0", "1"}) EXPECT_TRUE(std::filesystem::exists(descriptors + number));
    EXPECT_TRUE(echoes(entry_.number(), 5s));
    towline.terminate();
    EXPECT_EQ(towline.process().exit_code(10s), 0);
  }
  const std::pair<std::vector<std::string>, int> rows[] = {
      {{"version"}, 0}, {{"help"}, 0}, {{"config"}, 0}, {{"healthcheck"}, 1}, {{"nonsense"}, 64}};
  for (const auto& [command, code] : rows) {
    Towline towline(dir_, variables(), command, with_redirection("0<&- 1>&- 2>&-"));
    EXPECT_EQ(towline.process().exit_code(10s), code) << command.front();
  }
}

// A session's thread that stands: the main thread, the log's and the admin server's turn.
class StuckSession : public Stuck {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to hold a thread";
  }

  // The process ends with `code`, `limit` from now at most.
  static testing::AssertionResult ends_with(Towline& towline, HeldThread& session, int code,
                                            Milliseconds limit) {
    std::optional<int> ended;
    eventually(limit, [&] {
      session.notice_end();
      ended = towline.process().exit_code(0ms);
      return ended.has_value();
    });
    if (ended == code) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "ended with " << ended.value_or(-1000);
  }

  static int healthcheck(TempDir& dir, const Towline& towline) {
    Towline asks(dir, {{"TOWLINE_ADMIN_LISTEN", loopback(towline.admin_port())}}, {"healthcheck"});
    return asks.process().exit_code(10s).value_or(-1000);
  }
};

TEST_F(StuckSession, is_neither_live_nor_ready_and_is_ended_in_the_time_it_has) {
  auto all = variables("info");
  all["TOWLINE_DRAIN_TIMEOUT"] = "1s";
  const auto towline = start(all);
  HeldThread session(youngest_thread_of(towline->process().pid()));
  EXPECT_TRUE(eventually(15s, [&] { return towline->status("/readyz") == 503; }));
  EXPECT_THAT(towline->get("/readyz").body, HasSubstr("reason=internal loop=session"));
  EXPECT_THAT(towline->get("/livez").body, HasSubstr("reason=internal loop=session"));
  EXPECT_EQ(towline->status("/readyz/main"), 503);
  EXPECT_EQ(healthcheck(dir_, *towline), 1);
  towline->terminate();
  EXPECT_TRUE(ends_with(*towline, session, 75, 10s));
  EXPECT_TRUE(towline->logged("shutdown.overdue")) << towline->log();
}

TEST_F(StuckSession, is_ended_by_a_second_signal) {
  const auto towline = start(variables("info"));
  HeldThread session(youngest_thread_of(towline->process().pid()));
  const auto begin = Clock::now();
  towline->terminate();
  EXPECT_TRUE(eventually(2s, [&] { return elapsed_since(begin) > 350ms; }));
  towline->terminate();
  EXPECT_TRUE(ends_with(*towline, session, 128 + SIGTERM, 5s));
}

}  // namespace

}  // namespace towline::fixtures
