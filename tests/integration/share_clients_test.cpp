// Programs that know nothing of towline, and take -S for an SSH server like any other.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/random_bytes.hpp"
#include "integration/fixtures/share.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <span>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class ShareClients : public ShareTest {
 protected:
  void SetUp() override { begin(); }

  // ssh with its options, in one word for programs that start it.
  std::string ssh_command() const {
    std::string words = "/usr/bin/ssh";
    for (const auto& option : options_to(entry_.number())) words += " " + option;
    return words;
  }

  std::string random_file(std::uint64_t bytes) {
    auto path = file_of("");
    std::ofstream out(path, std::ios::binary);
    RandomBytes content(bytes);
    std::array<std::uint8_t, 65536> piece{};
    for (auto left = bytes; left > 0;) {
      const auto part = std::span(piece).first(std::min<std::uint64_t>(left, piece.size()));
      content.fill(part);
      out.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
      left -= part.size();
    }
    return path;
  }

  void expect_ok(const Arguments& argv, const std::string& input = "/dev/null") {
    const auto ran = run(argv, input, 120s);
    EXPECT_EQ(ran.code, 0) << argv.front() << ": " << ran.output << ran.errors;
  }
};

enum class Copy { sftp, scp, old_scp, rsync };

class ShareCopies : public ShareClients, public testing::WithParamInterface<Copy> {
 protected:
  Arguments copy(bool up, const std::string& from, const std::string& to) {
    const auto remote = "anybody@127.0.0.1:" + (up ? to : from);
    if (GetParam() == Copy::rsync)
      return {"/usr/bin/rsync", "-e", ssh_command(), up ? from : remote, up ? remote : to};
    const auto options = options_to(entry_.number());
    Arguments argv{GetParam() == Copy::sftp ? "/usr/bin/sftp" : "/usr/bin/scp"};
    argv.insert(argv.end(), options.begin(), options.end());
    if (GetParam() == Copy::old_scp) argv.emplace_back("-O");
    if (GetParam() == Copy::sftp) {
      const auto batch = file_of((up ? "put " : "get ") + from + " " + to + "\n");
      argv.insert(argv.end(), {"-b", batch, "anybody@127.0.0.1"});
    } else {
      argv.insert(argv.end(), {up ? from : remote, up ? remote : to});
    }
    return argv;
  }
};

TEST_P(ShareCopies, a_hundred_mebibytes_there_and_back) {
  const auto original = random_file(scaled(100 * mebibyte));
  expect_ok(copy(true, original, dir_.path("there")));
  expect_ok(copy(false, dir_.path("there"), dir_.path("back")));
  expect_ok({"/usr/bin/cmp", original, dir_.path("there")});
  expect_ok({"/usr/bin/cmp", original, dir_.path("back")});
}

std::string copy_name(const testing::TestParamInfo<Copy>& info) {
  switch (info.param) {
    case Copy::sftp: return "sftp";
    case Copy::scp: return "scp";
    case Copy::old_scp: return "old_scp";
    case Copy::rsync: return "rsync";
  }
  return {};
}

INSTANTIATE_TEST_SUITE_P(Programs, ShareCopies,
                         testing::Values(Copy::sftp, Copy::scp, Copy::old_scp, Copy::rsync), copy_name);

TEST_F(ShareClients, git_pushes_and_clones) {
  const auto work = dir_.path("work");
  const auto bare = dir_.path("bare.git");
  const auto url = "ssh://anybody@127.0.0.1:" + text(entry_.number());
  const Arguments git{"/usr/bin/git",
                      "-c",
                      "user.name=t",
                      "-c",
                      "user.email=t@example.org",
                      "-c",
                      "core.sshCommand=" + ssh_command()};
  const auto with = [&](const Arguments& arguments) {
    auto argv = git;
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return argv;
  };
  expect_ok(with({"init", "-q", "--bare", bare}));
  expect_ok(with({"init", "-q", work}));
  write_file(work + "/file", std::string(300'000, 'x'));
  expect_ok(with({"-C", work, "add", "."}));
  expect_ok(with({"-C", work, "commit", "-q", "-m", "first"}));
  expect_ok(with({"-C", work, "push", "-q", url + bare, "HEAD:main"}));
  expect_ok(with({"clone", "-q", "-b", "main", url + bare, dir_.path("clone")}));
  EXPECT_EQ(read_file(dir_.path("clone") + "/file"), read_file(work + "/file"));
}

TEST_F(ShareClients, ssh_audit_finds_nothing_to_fail) {
  if (::access("/usr/bin/ssh-audit", X_OK) != 0) GTEST_SKIP() << "needs ssh-audit";
  const auto ran = run({"/usr/bin/ssh-audit", "-n", "-p", text(entry_.number()), "127.0.0.1"});
  EXPECT_NE(ran.output.find("(kex) mlkem768x25519-sha256"), std::string::npos) << ran.output << ran.errors;
  EXPECT_EQ(ran.output.find("[fail]"), std::string::npos) << ran.output;
}

TEST_F(ShareClients, dropbears_runs_a_command_and_forwards) {
  if (::access("/usr/bin/dbclient", X_OK) != 0) GTEST_SKIP() << "needs dbclient";
  const Arguments dbclient{"/usr/bin/dbclient", "-y", "-y", "-p", text(entry_.number())};
  auto command = dbclient;
  command.insert(command.end(), {"anybody@127.0.0.1", "echo o; echo e >&2; exit 7"});
  const auto ran = run(command);
  EXPECT_EQ(ran.code, 7);
  EXPECT_EQ(ran.output, "o\n");
  EXPECT_NE(ran.errors.find("e\n"), std::string::npos);

  EchoServer target;
  const FreePort local, remote;
  auto forwards = dbclient;
  forwards.insert(forwards.end(),
                  {"-N", "-L", loopback(local.number()) + ":" + loopback(target.port()), "-R",
                   loopback(remote.number()) + ":" + loopback(target.port()), "anybody@127.0.0.1"});
  Running client(dir_, forwards);
  EXPECT_TRUE(eventually(patience, [&] { return echoes(local.number(), 2s); })) << client.errors();
  EXPECT_TRUE(eventually(patience, [&] { return echoes(remote.number(), 2s); })) << client.errors();
}

class ShareLibraries : public ShareClients, public testing::WithParamInterface<const char*> {};

// Commands, SFTP, and forwards both ways: share_clients.py says what it checks.
TEST_P(ShareLibraries, do_what_they_do_with_sshd) {
  EchoServer target;
  const Arguments argv{"/usr/bin/python3",         "-W",         "ignore",
                       script("share_clients.py"), GetParam(),   text(entry_.number()),
                       text(target.port()),        dir_.path("")};
  const auto ran = run(argv, "/dev/null", 60s);
  EXPECT_EQ(ran.output, "command\nsftp\nlocal\nremote\n") << ran.errors;
}

std::string library_name(const testing::TestParamInfo<const char*>& info) { return info.param; }

INSTANTIATE_TEST_SUITE_P(Of, ShareLibraries, testing::Values("asyncssh", "paramiko"), library_name);

// towline's own client side is libssh2.
TEST_F(ShareClients, another_towline_forwards_through_it) {
  EchoServer target;
  const FreePort local, remote;
  auto variables = TunnelTest::environment(Mode::local, 0);
  for (const auto* name :
       {"SSH_MODE", "SSH_BIND_IP", "SSH_TUNNEL_PORT", "SSH_TARGET_HOST", "SSH_TARGET_PORT"})
    variables.erase(name);
  variables["SSH_REMOTE_PORT"] = text(entry_.number());
  variables["SSH_KNOWN_HOSTS_FILE"] = dir_.path("clients_known_hosts");
  variables["SSH_FORWARDS"] = "-L " + loopback(local.number()) + ":" + loopback(target.port()) + ";-R " +
                              loopback(remote.number()) + ":" + loopback(target.port());
  const auto second = start(variables);
  EXPECT_TRUE(echoes(local.number(), 10s));
  EXPECT_TRUE(echoes(remote.number(), 10s));
}

class ShareVolume : public ShareClients {
 protected:
  static constexpr std::int64_t resident_max = 64 * 1024 * 1024;

  bool is_small() const {
    return product().instrumented || resident_bytes(towline_->process().pid()) < resident_max;
  }

  SourceSink target_;
  FreePort local_;
};

TEST_F(ShareVolume, is_carried_both_ways_whole_and_in_little_memory) {
  Running client(dir_, ssh({"-N", "-L", loopback(local_.number()) + ":" + loopback(target_.port())}));
  ASSERT_TRUE(eventually(patience, [&] { return Socket::connect(local_.number(), 1s).has_value(); }));
  const auto bytes = scaled(100 * mebibyte);
  EXPECT_EQ(converse(local_.number(), {.send_bytes = bytes, .receive_bytes = bytes}, 120s).problem, "");
  EXPECT_TRUE(is_small()) << resident_bytes(towline_->process().pid());
}

TEST_F(ShareVolume, that_nobody_reads_is_not_held_and_stalls_nobody) {
  // Commands that write for ever, to clients that stand still.
  std::vector<std::unique_ptr<Running>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(
        std::make_unique<Running>(dir_, ssh({}, {"echo here >&2; exec cat /dev/zero"}), "/dev/null"));
    ASSERT_TRUE(eventually(patience, [&] { return clients.back()->errors() == "here\n"; }));
    clients.back()->process().signal(SIGSTOP);
  }
  Running stuck(dir_, ssh({"-N", "-L", loopback(local_.number()) + ":" + loopback(target_.port())}));
  ASSERT_TRUE(eventually(patience, [&] { return Socket::connect(local_.number(), 1s).has_value(); }));
  EXPECT_EQ(converse(local_.number(), {.send_bytes = mebibyte, .receive_bytes = mebibyte}, 30s).problem, "");
  EXPECT_TRUE(throughout(3s, [&] { return is_small(); })) << resident_bytes(towline_->process().pid());
  EXPECT_EQ(run(ssh({}, {"echo others"})).output, "others\n");
}

}  // namespace

}  // namespace towline::fixtures
