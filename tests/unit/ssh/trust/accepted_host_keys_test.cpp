#include "ssh/trust/accepted_host_keys.hpp"

#include "unit/ssh/trust/host_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::ssh {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Verdict = HostKeyVerdict;

const net::HostPort another{"other", 22};

class AcceptedFile : public testing::Test {
 public:
  AcceptedFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "accepted_test.XXXXXX").string();
    dir_ = ::mkdtemp(pattern.data());
    file_ = dir_ / "known_hosts";
  }
  ~AcceptedFile() override { std::filesystem::remove_all(dir_); }

 protected:
  std::string content() const {
    std::ifstream file(file_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text) const { std::ofstream(file_, std::ios::binary) << text; }

  std::filesystem::path dir_;
  std::filesystem::path file_;
};

Verdict verdict(const AcceptedHostKeys& accepted, const net::HostPort& where, const HostKey& key) {
  return accepted.known().lookup(where, key).verdict;
}

TEST(AcceptedHostKeys, without_a_file_hold_for_the_process) {
  AcceptedHostKeys accepted;
  EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('a')), Verdict::unknown);
  EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
  EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('a')), Verdict::match);
  EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('b')), Verdict::mismatch);
  EXPECT_EQ(verdict(accepted, another, ed25519_key('a')), Verdict::unknown);
  EXPECT_EQ(accepted.take_problem(), "");
}

TEST(AcceptedHostKeys, a_second_key_for_the_same_server_is_not_taken) {
  AcceptedHostKeys accepted;
  EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
  EXPECT_FALSE(accepted.remember(bastion_2222, ed25519_key('b')));
  EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
  EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('b')), Verdict::mismatch);
}

TEST(AcceptedHostKeys, of_two_sessions_that_see_different_keys_one_alone_is_believed) {
  AcceptedHostKeys accepted;
  std::atomic<int> believed = 0;
  std::vector<std::thread> sessions;
  for (const char filling : {'a', 'b', 'c', 'd'})
    sessions.emplace_back(
        [&, filling] { believed += accepted.remember(bastion_2222, ed25519_key(filling)) ? 1 : 0; });
  for (auto& session : sessions) session.join();
  EXPECT_EQ(believed, 1);
}

TEST_F(AcceptedFile, is_read_by_the_next_process) {
  {
    AcceptedHostKeys accepted(file_);
    EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
    EXPECT_TRUE(accepted.remember(another, ed25519_key('b')));
    EXPECT_EQ(accepted.take_problem(), "");
  }
  EXPECT_EQ(content(),
            known_hosts_line(bastion_2222, ed25519_key('a')) + known_hosts_line(another, ed25519_key('b')));
  AcceptedHostKeys accepted(file_);
  EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('a')), Verdict::match);
  EXPECT_EQ(verdict(accepted, another, ed25519_key('a')), Verdict::mismatch);
  EXPECT_EQ(accepted.known().lookup(another, ed25519_key('b')).file, file_);
  EXPECT_EQ(accepted.known().lookup(another, ed25519_key('b')).line, 2U);
}

TEST_F(AcceptedFile, what_another_process_accepted_in_the_meantime_counts) {
  AcceptedHostKeys ours(file_);
  AcceptedHostKeys theirs(file_);
  EXPECT_TRUE(theirs.remember(bastion_2222, ed25519_key('a')));
  EXPECT_FALSE(ours.remember(bastion_2222, ed25519_key('b')));
  EXPECT_EQ(verdict(ours, bastion_2222, ed25519_key('b')), Verdict::mismatch);
  EXPECT_EQ(content(), known_hosts_line(bastion_2222, ed25519_key('a')));
}

TEST_F(AcceptedFile, half_a_line_at_its_end_does_no_harm) {
  write(known_hosts_line(another, ed25519_key('b')) + "[bastion]:2222 ssh-ed255");
  AcceptedHostKeys accepted(file_);
  EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
  EXPECT_EQ(verdict(AcceptedHostKeys(file_), bastion_2222, ed25519_key('a')), Verdict::match);
  EXPECT_EQ(AcceptedHostKeys(file_).known().bad_lines().size(), 1U);
}

TEST_F(AcceptedFile, that_is_deleted_takes_nothing_back_from_this_process) {
  AcceptedHostKeys accepted(file_);
  EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
  std::filesystem::remove(file_);
  EXPECT_TRUE(accepted.remember(another, ed25519_key('a')));
  EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('b')), Verdict::mismatch);
  EXPECT_FALSE(accepted.remember(bastion_2222, ed25519_key('b')));
}

TEST_F(AcceptedFile, that_cannot_be_written_is_told_once) {
  AcceptedHostKeys accepted((dir_ / "missing" / "known_hosts").string());
  EXPECT_EQ(accepted.take_problem(), "");  // nothing to read is nothing wrong
  EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
  EXPECT_THAT(accepted.take_problem(), HasSubstr("cannot be written: No such file or directory"));
  EXPECT_TRUE(accepted.remember(another, ed25519_key('a')));
  EXPECT_EQ(accepted.take_problem(), "");
  EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('b')), Verdict::mismatch);
}

TEST_F(AcceptedFile, that_is_a_folder_is_told) {
  AcceptedHostKeys accepted(dir_.string());
  EXPECT_THAT(accepted.take_problem(), StartsWith(dir_.string() + " cannot be read: "));
}

// Each would be waited for, written to or followed by a plain open().
TEST_F(AcceptedFile, that_is_a_pipe_a_link_or_a_folder_is_told_and_left_alone) {
  const auto elsewhere = (dir_ / "elsewhere").string();
  std::ofstream(elsewhere) << "precious";
  const std::pair<std::function<void()>, const char*> rows[] = {
      {[&] { ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0); }, "it is not a regular file"},
      {[&] { std::filesystem::create_symlink(elsewhere, file_); }, "it is a symbolic link"},
      {[&] { std::filesystem::create_symlink("/no/such/file", file_); }, "it is a symbolic link"},
      {[&] { std::filesystem::create_directory(file_); }, "directory"}};
  for (const auto& [make, why] : rows) {
    make();
    AcceptedHostKeys accepted(file_);
    EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
    EXPECT_THAT(accepted.take_problem(), HasSubstr(why));
    EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('b')), Verdict::mismatch);
    std::filesystem::remove(file_);
  }
  EXPECT_EQ(std::filesystem::file_size(elsewhere), 8U);
}

// By a process that was stopped, for example.
TEST_F(AcceptedFile, that_another_process_has_locked_holds_nobody_up_for_long) {
  write("");
  const int holder = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(holder, LOCK_EX), 0);
  {
    AcceptedHostKeys accepted(file_);
    EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
    EXPECT_TRUE(accepted.remember(another, ed25519_key('b')));
    EXPECT_THAT(accepted.take_problem(), HasSubstr("the file system does not answer"));
    EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('b')), Verdict::mismatch);
    ::close(holder);
  }
  EXPECT_EQ(verdict(AcceptedHostKeys(file_), another, ed25519_key('b')), Verdict::match);
}

TEST(AcceptedHostKeys, that_do_not_fit_on_the_disk_hold_all_the_same) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  AcceptedHostKeys accepted("/dev/full");
  EXPECT_TRUE(accepted.remember(bastion_2222, ed25519_key('a')));
  EXPECT_NE(accepted.take_problem(), "");
  EXPECT_EQ(verdict(accepted, bastion_2222, ed25519_key('b')), Verdict::mismatch);
}

}  // namespace
}  // namespace towline::ssh
