// `run` with -S: a job whose tools find their way by themselves; and `check` of what -S needs.
#include "integration/fixtures/postgres.hpp"
#include "integration/fixtures/share.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class ShareRun : public ShareTest {
 protected:
  // A job in a shell, behind `run --`.
  Ran job(const std::string& script, const Environment& changes = {}) {
    auto variables = environment();
    variables["PATH"] = "/usr/bin:/bin";
    variables["TMPDIR"] = dir_.path(".");
    for (const auto& [name, value] : changes) variables[name] = value;
    const auto seen = dir_.fresh_path("seen", ".txt");
    Towline towline(dir_, variables, {"run", "--", "/bin/sh", "-euc", "exec >" + seen + "\n" + script});
    const auto code = towline.process().exit_code(patience);
    return {code.value_or(-1), read_file(seen), towline.log()};
  }

  int logins() const {
    int count = 0;
    const auto log = sshd_.log();
    for (auto at = log.find("Accepted publickey"); at != std::string::npos;
         at = log.find("Accepted publickey", at + 1))
      ++count;
    return count;
  }

  bool is_tidy() const {
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path(".")))
      if (entry.is_directory() && entry.path().filename().string().starts_with("towline-")) return false;
    return true;
  }
};

TEST_F(ShareRun, git_rsync_and_psql_of_a_job_log_in_once) {
  if (!Postgres::installed()) GTEST_SKIP() << "needs postgresql";
  const FreePort database;
  const Postgres server(database.number());
  const auto bare = dir_.path("bare.git");
  const auto made =
      run({"/bin/sh", "-euc",
           "git init -q -b main " + dir_.path("work") + "; cd " + dir_.path("work") +
               "; echo content > file; git add .; git -c user.name=t -c user.email=t@example.org "
               "commit -q -m first; git clone -q --bare . " +
               bare});
  ASSERT_EQ(made.code, 0) << made.errors;
  ASSERT_TRUE(server.answers_within(60s)) << server.log();
  const auto ran = job(
      "git clone -q ssh://git@127.0.0.1" + bare + " " + dir_.path("clone") + "\n" + "rsync -a " +
          dir_.path("clone/file") + " towline:" + dir_.path("copied") + "\n" + "cat " + dir_.path("copied") +
          "\n" + "psql -h 127.0.0.1 -p $TUNNEL_PORT_DB -U towline -d postgres -X -q -A -t -c 'select 1'\n" +
          "ssh -F $TOWLINE_SSH_CONFIG towline 'echo by hand'",
      {{"SSH_FORWARDS", "db=-L 0:" + loopback(database.number())}, {"SSH_TUNNEL_PORT", "0"}});
  EXPECT_EQ(ran.code, 0) << ran.errors;
  EXPECT_EQ(ran.output, "content\n1\nby hand\n");
  EXPECT_EQ(logins(), 1) << sshd_.log();
  EXPECT_TRUE(is_tidy());
}

TEST_F(ShareRun, its_ssh_verifies_the_endpoint) {
  const auto ran = job("echo '* " + make_key(dir_).public_line +
                       "' > $(dirname $TOWLINE_SSH_CONFIG)/known_hosts\n"
                       "ssh -F $TOWLINE_SSH_CONFIG towline true || echo refused: $?");
  EXPECT_EQ(ran.output, "refused: 255\n") << ran.errors;
  EXPECT_THAT(ran.errors, HasSubstr("Host key verification failed"));
}

TEST_F(ShareRun, a_host_key_that_was_made_for_this_run_is_verified_too) {
  const auto ran =
      job("ssh -F $TOWLINE_SSH_CONFIG 127.0.0.1 'echo verified'", {{"TOWLINE_HOST_KEY_FILE", ""}});
  EXPECT_EQ(ran.output, "verified\n") << ran.errors;
}

TEST_F(ShareRun, other_hosts_are_left_to_the_users_configuration) {
  const auto ran =
      job("ssh -F $TOWLINE_SSH_CONFIG -G other.example.org | grep -E '^(hostname|port) '\n"
          "ssh -F $TOWLINE_SSH_CONFIG -G towline | grep -E '^(hostname|port) '");
  EXPECT_EQ(ran.output,
            "hostname other.example.org\nport 22\nhostname 127.0.0.1\nport " + text(entry_.number()) + "\n")
      << ran.errors;
}

TEST_F(ShareRun, a_command_of_the_users_own_stays) {
  const auto ran = job("echo \"$GIT_SSH_COMMAND; $RSYNC_RSH\"", {{"GIT_SSH_COMMAND", "ssh -v"}});
  EXPECT_THAT(ran.output, testing::MatchesRegex("ssh -v; ssh -F /.*/towline-[A-Za-z0-9]+/config\n"))
      << ran.errors;
}

TEST_F(ShareRun, one_towline_starts_another_with_an_endpoint_of_its_own) {
  const auto ran = job("SSH_TUNNEL_PORT=0 TOWLINE_ADMIN_LISTEN=off " + product().binary +
                       " run -- sh -c '$GIT_SSH_COMMAND towline \"echo from the inner\"'");
  EXPECT_EQ(ran.output, "from the inner\n") << ran.errors;
  EXPECT_EQ(logins(), 2);
}

TEST_F(ShareRun, a_folder_that_takes_no_file_gives_way_to_another) {
  const auto ran = job("echo $TOWLINE_SSH_CONFIG", {{"TMPDIR", "/proc"}});
  EXPECT_TRUE(ran.output.starts_with("/tmp/towline-")) << ran.output << ran.errors;
}

TEST_F(ShareRun, without_a_shared_session_there_is_nothing_to_tell) {
  const auto ran = job("echo \"<${TOWLINE_SSH_CONFIG-none}> <${GIT_SSH_COMMAND-none}>\"",
                       {{"SSH_MODE", "-D"}, {"TOWLINE_HOST_KEY_FILE", ""}});
  EXPECT_EQ(ran.output, "<none> <none>\n") << ran.errors;
}

class ShareCheck : public ShareTest {
 protected:
  std::string check(int status, const Environment& changes = {}) {
    auto variables = environment();
    for (const auto& [name, value] : changes) variables[name] = value;
    Towline towline(dir_, variables, {"check"});
    EXPECT_EQ(towline.process().exit_code(30s), status) << towline.log();
    return towline.log();
  }
};

TEST_F(ShareCheck, says_what_clients_will_see_and_that_the_server_runs_commands) {
  const auto report = check(0);
  EXPECT_THAT(report, HasSubstr("[ok]      endpoint"));
  EXPECT_THAT(report, HasSubstr("clients see ssh-ed25519 " + endpoint_key_.fingerprint()));
  EXPECT_THAT(report, HasSubstr("the server opens sessions"));
}

TEST_F(ShareCheck, makes_no_host_key_and_says_what_a_start_would_do) {
  std::filesystem::create_directory(dir_.path("state"));
  EXPECT_THAT(check(0, {{"TOWLINE_HOST_KEY_FILE", ""}, {"TOWLINE_STATE_DIR", dir_.path("state")}}),
              HasSubstr("the first start makes a host key: " + dir_.path("state/ssh_host_ed25519_key")));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path("state")));
  EXPECT_THAT(check(0, {{"TOWLINE_HOST_KEY_FILE", ""}, {"TOWLINE_STATE_DIR", "/no/such/folder"}}),
              HasSubstr("clients see another one after every start"));
}

TEST_F(ShareCheck, a_host_key_that_is_none_fails_before_the_server_is_asked) {
  const auto report = check(78, {{"TOWLINE_HOST_KEY_FILE", file_of("not a key\n")}});
  EXPECT_THAT(report, HasSubstr("[failed]  endpoint"));
  EXPECT_THAT(report, Not(HasSubstr("authentication")));
}

TEST_F(ShareCheck, a_line_of_authorized_keys_that_is_left_out_is_a_warning) {
  const auto report =
      check(0, {{"TOWLINE_AUTHORIZED_KEYS_FILE", file_of("no-such-option " + key_.public_line + "\n")}});
  EXPECT_THAT(report, HasSubstr("[warning] endpoint"));
}

TEST_F(ShareCheck, a_server_that_runs_nothing_is_told_by_it_unless_nobody_may_ask) {
  sshd_.kill_all();
  sshd_.configure("MaxSessions 0");
  sshd_.start();
  const auto report = check(69);
  EXPECT_THAT(report, HasSubstr("[failed]  target"));
  EXPECT_THAT(report, HasSubstr("TOWLINE_SHARE_ALLOW"));
  EXPECT_THAT(check(0, {{"TOWLINE_SHARE_ALLOW", "local"}}), Not(HasSubstr("target")));
}

}  // namespace

}  // namespace towline::fixtures
