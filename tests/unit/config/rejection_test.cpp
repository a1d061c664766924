// What load() says and shows where it refuses.
#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace towline::config {
namespace {

using testing::ElementsAre;

// The two default files are there, and nothing else.
Loading judge_values(Env::Values values) {
  return load(Env(std::move(values)), [](const std::string& path) {
    FileFacts facts;
    if (path == "/id_rsa" || path == "/known_hosts") facts.kind = FileKind::regular;
    facts.readable = true;
    return facts;
  });
}

std::vector<std::string> sentences(const std::vector<Problem>& problems) {
  std::vector<std::string> out(problems.size());
  std::ranges::transform(problems, out.begin(), [](const Problem& problem) { return to_string(problem); });
  return out;
}

TEST(Rejection, of_a_named_key_file_that_is_missing_is_for_a_missing_file) {
  const auto loaded = judge_values({{"SSH_KEY_FILE", "/keys/none"}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ProblemKind::missing_file);
}

TEST(Rejection, nothing_at_all_is_one_sentence_that_says_what_to_set) {
  for (const Env::Values& values : {Env::Values{},
                                    {{"TOWLINE_ADMIN_LISTEN", "0.0.0.0:9022"}},
                                    {{"SSH_AUTH_SOCK", "/agent"}},
                                    {{"SSH_HOTS", "x"}}}) {
    const auto loaded = load(Env(values), [](const std::string&) { return FileFacts(); });
    ASSERT_FALSE(loaded);
    EXPECT_THAT(
        sentences(loaded.error().problems),
        ElementsAre(
            "nothing is configured; set at least SSH_REMOTE_HOST and a key (SSH_KEY_FILE or SSH_KEY); "
            "`towline help --all` lists every variable"));
    EXPECT_EQ(loaded.error().kind(), ProblemKind::configuration);
  }
}

TEST(Rejection, a_value_with_a_problem_is_refused_and_not_shown) {
  const auto loaded = judge_values(
      {{"SSH_HOSTPORT", "hunter2"}, {"SSH_REMOTE_HOST", "bastion"}, {"SSH_PASSWORD_FILE", "/hunter2"}});
  ASSERT_FALSE(loaded);
  for (const auto& setting : loaded.error().settings) {
    const bool wrong = setting.name == "SSH_REMOTE_PORT" || setting.name == "SSH_PASSWORD_FILE";
    EXPECT_EQ(setting.refused, wrong) << setting.name;
    EXPECT_EQ(setting.value.find("hunter2"), std::string::npos) << setting.name;
  }
  EXPECT_EQ(loaded.error().settings.at(0).value, "bastion");
}

TEST(Rejection, a_port_beside_another_port_is_a_problem) {
  const auto loaded = judge_values({{"SSH_REMOTE_HOST", "bastion:2222"}, {"SSH_REMOTE_PORT", "22"}});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(sentences(loaded.error().problems),
              ElementsAre("SSH_REMOTE_PORT is 22, but SSH_REMOTE_HOST names port 2222; keep one of them"));
  EXPECT_TRUE(judge_values({{"SSH_REMOTE_HOST", "bastion:2222"}, {"SSH_REMOTE_PORT", "2222"}}));
  EXPECT_TRUE(judge_values({{"SSH_REMOTE_HOST", "bastion:2222"}}));
}

TEST(Rejection, of_a_port_file_where_something_else_is) {
  const auto loaded = load(Env({{"TOWLINE_PORT_FILE", "/run/ports"}, {"AUTOSSH_PIDFILE", "/run/ports"}}),
                           [](const std::string& path) {
                             FileFacts facts;
                             if (path == "/run/ports") facts.kind = FileKind::other;
                             if (path == "/id_rsa" || path == "/known_hosts") facts.kind = FileKind::regular;
                             facts.readable = true;
                             return facts;
                           });
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ProblemKind::configuration);
  EXPECT_THAT(
      sentences(loaded.error().problems),
      ElementsAre("TOWLINE_PORT_FILE: \"/run/ports\" is not a regular file; name a file that is not there "
                  "yet: it is made, replaced and removed"));
  EXPECT_THAT(loaded.error().warnings, testing::SizeIs(1)) << "of the pid file, which nothing needs";
}

}  // namespace
}  // namespace towline::config
