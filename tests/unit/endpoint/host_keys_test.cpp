#include "endpoint/host_keys.hpp"

#include "ssh/wire/error.hpp"
#include "unit/ssh/keys/key_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace towline::endpoint {
namespace {

using ssh::KeyFiles;
using testing::HasSubstr;

std::string fingerprint_of(const Options& options) {
  const auto read = read_host_keys(options);
  return read ? fingerprint(read->keys.at(0).public_key()) : read.error().message();
}

TEST(HostKeys, are_those_that_are_given_in_their_order) {
  const KeyFiles files;
  files.run("ssh-keygen -q -t ed25519 -N '' -f one && ssh-keygen -q -t ecdsa -N '' -f two");
  const auto read = read_host_keys({.host_keys = {{.file = files.path("two")}, {.file = files.path("one")}}});
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->keys.size(), 2U);
  EXPECT_EQ(fingerprint(read->keys[0].public_key()), files.fingerprint("two.pub"));
  EXPECT_EQ(fingerprint(read->keys[1].public_key()), files.fingerprint("one.pub"));
  EXPECT_FALSE(read->made);
  const auto told = shown(*read);
  EXPECT_EQ(told.at(1).fingerprint, files.fingerprint("one.pub"));
  EXPECT_EQ(told.at(1).type, "ssh-ed25519");
  EXPECT_THAT(told.at(1).known_hosts, testing::StartsWith("* ssh-ed25519 AAAA"));
}

TEST(HostKeys, that_cannot_be_read_are_an_error) {
  const KeyFiles files;
  const auto read = read_host_keys({.host_keys = {{.file = files.path("none")}}});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr(files.path("none")));
}

TEST(HostKeys, are_made_once_and_kept_for_their_owner) {
  const KeyFiles files;
  const Options options{.kept_host_key = files.path("kept")};
  const auto first = fingerprint_of(options);
  EXPECT_EQ(fingerprint_of(options), first);
  EXPECT_EQ(files.run("ssh-keygen -y -f kept > kept.pub && ssh-keygen -lf kept.pub").substr(4, 50), first)
      << "ssh-keygen reads it";
  struct stat facts{};
  ASSERT_EQ(::stat(files.path("kept").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  EXPECT_EQ(files.run("ls").find("new"), std::string::npos) << "nothing is left beside it";
}

TEST(HostKeys, are_another_one_each_time_without_a_place_to_keep_it) {
  EXPECT_NE(fingerprint_of({}), fingerprint_of({}));
  const auto read = read_host_keys({.kept_host_key = "/nowhere/at/all"});
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->made);
  EXPECT_THAT(read->problem, HasSubstr("/nowhere/at/all cannot be written: No such file"));
}

// Clients know the key by now: another one would be an alarm for each of them.
TEST(HostKeys, that_were_kept_and_are_damaged_are_not_replaced) {
  const KeyFiles files;
  files.write("kept", "not a key\n");
  const auto read = read_host_keys({.kept_host_key = files.path("kept")});
  ASSERT_FALSE(read);
  EXPECT_EQ(files.read("kept"), "not a key\n");
}

TEST(HostKeys, are_not_written_through_a_link) {
  const KeyFiles files;
  ASSERT_EQ(::symlink(files.path("elsewhere").c_str(), files.path("kept").c_str()), 0);
  const auto read = read_host_keys({.kept_host_key = files.path("kept")});
  EXPECT_FALSE(read);
  EXPECT_EQ(files.run("ls elsewhere || true").find("elsewhere\n"), std::string::npos);
}

// "one" and "two" are keys, "ca" is an authority.
struct HostCertificates : testing::Test {
  HostCertificates() {
    for (const auto* name : {"one", "two", "ca"})
      files.run("ssh-keygen -q -t ed25519 -N '' -C '' -f " + std::string(name));
  }
  std::string sign(const std::string& name, const std::string& options) const {
    files.run("ssh-keygen -q -s ca -I 'the id' " + options + ' ' + name + ".pub");
    return files.path(name + "-cert.pub");
  }
  Result<HostKeys> read(const std::vector<std::string>& certificates) const {
    Options options{.host_keys = {{.file = files.path("one")}}};
    for (const auto& file : certificates) options.host_certificates.push_back({.file = file});
    return read_host_keys(options);
  }
  std::string refusal(const std::string& file) const {
    const auto found = read({file});
    if (found) return "taken";
    EXPECT_EQ(found.error().code, ssh::errc::host_certificate_invalid);
    EXPECT_THAT(found.error().detail, HasSubstr(file));
    return found.error().detail;
  }

  KeyFiles files;
};

TEST_F(HostCertificates, are_for_a_key_that_is_there) {
  const auto found = read({sign("one", "-h -n a.example,b.example -V -1m:20400101")});
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->certificates.size(), 1U);
  EXPECT_EQ(found->certificates[0].key, found->keys[0].public_key());
  std::string lines;
  log_host_keys(observe::Log(observe::Options{}, [&](std::string_view line) { lines += line; }), *found);
  for (const auto& text : {files.fingerprint("ca.pub"), std::string("certificate=\"the id\""),
                           std::string("names=a.example,b.example"), std::string("until=20")})
    EXPECT_THAT(lines, HasSubstr(text));
}

TEST_F(HostCertificates, of_anything_else_are_refused_with_the_reason) {
  EXPECT_THAT(refusal(sign("two", "-h")),
              HasSubstr(files.fingerprint("two.pub") + ", which is no host key here"));
  EXPECT_THAT(refusal(sign("one", "-n root")), HasSubstr("it is one for users"));
  EXPECT_THAT(refusal(files.path("one.pub")), HasSubstr("a public key without a certificate"));
  EXPECT_THAT(refusal(files.path("gone")), HasSubstr("No such file"));
  auto text = files.read("one-cert.pub");
  text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
  files.write("damaged", text);
  EXPECT_NE(refusal(files.path("damaged")), "taken");
  const auto good = sign("one", "-h");
  EXPECT_THAT(read({good, good}).error().detail, HasSubstr("it is the second for"));
}

TEST_F(HostCertificates, that_are_not_valid_now_are_left_out_with_a_warning) {
  for (const auto* when : {"20200101:20210101", "20400101:20410101"}) {
    const auto found = read({sign("one", "-h -V " + std::string(when))});
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->certificates.empty());
    std::string lines;
    log_host_keys(observe::Log(observe::Options{}, [&](std::string_view line) { lines += line; }), *found);
    EXPECT_THAT(lines, HasSubstr("WARN  client.host_certificate"));
    EXPECT_THAT(lines, HasSubstr("signed anew"));
  }
}

TEST(HostKeys, are_told_as_clients_compare_them) {
  std::string lines;
  const observe::Log log(observe::Options{}, [&](std::string_view line) { lines += line; });
  const auto read = read_host_keys({.kept_host_key = "/nowhere/at/all"});
  ASSERT_TRUE(read);
  log_host_keys(log, *read);
  EXPECT_THAT(lines, HasSubstr(fingerprint(read->keys[0].public_key())));
  EXPECT_THAT(lines, HasSubstr("known_hosts=\"* ssh-ed25519 AAAA"));
  EXPECT_THAT(lines, HasSubstr("TOWLINE_STATE_DIR"));
}

}  // namespace
}  // namespace towline::endpoint
