#include "config/without_upstream.hpp"

#include "settled_share.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// With keys, and whatever a test is about.
Settled exposed(Env::Values values, bool with_keys = true) {
  values.try_emplace("SSH_MODE", "expose");
  if (with_keys) values.try_emplace("TOWLINE_AUTHORIZED_KEYS_FILE", "/keys");
  auto paths = usual_paths;
  paths.erase("/id_rsa");
  return settled(std::move(values), paths);
}

TEST(WithoutUpstream, needs_no_server_and_no_key_for_one) {
  const auto result = exposed({});
  EXPECT_EQ(said(result), Lines());
  EXPECT_THAT(result.config().pool.servers, IsEmpty());
  EXPECT_THAT(result.forwards(), ElementsAre("expose expose 0.0.0.0:2222"));
  EXPECT_EQ(result.setting("SSH_REMOTE_HOST").value, "");
  EXPECT_EQ(result.setting("SSH_TUNNEL_NAME").value, "expose");
  EXPECT_EQ(result.config().endpoint.kept_host_key, "/state/ssh_host_ed25519_key");
}

TEST(WithoutUpstream, listens_where_it_is_told) {
  const auto result = exposed({{"TOWLINE_SSH_LISTEN", "127.0.0.1:22, :2222, [::1]:2223, /run/ssh.sock"}});
  const auto& all = result.config().endpoint.listen;
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].address, (net::HostPort{"127.0.0.1", 22}));
  EXPECT_EQ(all[1].address, (net::HostPort{"", 2222}));
  EXPECT_EQ(all[2].address, (net::HostPort{"::1", 2223}));
  EXPECT_EQ(all[3].path, "/run/ssh.sock");
  for (const auto* wrong : {"2222", "off", "db"})
    EXPECT_EQ(exposed({{"TOWLINE_SSH_LISTEN", wrong}}).findings.problems.size(), 1U) << wrong;
}

TEST(WithoutUpstream, is_not_for_everybody_beyond_this_machine) {
  EXPECT_EQ(said(exposed({{"TOWLINE_SSH_LISTEN", "127.0.0.1:2222,/run/ssh.sock"}}, false)), Lines());
  const auto open = exposed({{"TOWLINE_SSH_LISTEN", "127.0.0.1:2222,:2223"}}, false);
  ASSERT_EQ(open.findings.problems.size(), 1U);
  EXPECT_EQ(open.findings.problems[0].variable, "TOWLINE_SSH_LISTEN");
  EXPECT_EQ(open.findings.problems[0].wrong, "expose listens on every address, and everybody could log in");
  EXPECT_EQ(exposed({{"TOWLINE_AUTH", "none"}}, false).findings.problems.size(), 1U);
}

TEST(WithoutUpstream, says_what_is_for_a_server) {
  EXPECT_EQ(
      said(exposed({{"SSH_REMOTE_HOST", "bastion"}})),
      Lines{"warning: SSH_REMOTE_HOST has no effect with SSH_MODE=expose: there is no server that towline "
            "connects to"});
  EXPECT_EQ(
      said(exposed({{"SSH_TUNNEL_PORT", "22"}})),
      Lines{"warning: SSH_TUNNEL_PORT has no effect with SSH_MODE=expose: TOWLINE_SSH_LISTEN says where it "
            "listens"});
  EXPECT_EQ(exposed({{"SSH_FORWARDS", "-L 80:db:80"}}).findings.problems.size(), 1U);
}

TEST(WithoutUpstream, does_not_listen_where_the_admin_port_does) {
  const auto both =
      exposed({{"TOWLINE_SSH_LISTEN", "127.0.0.1:9022"}, {"TOWLINE_ADMIN_LISTEN", "127.0.0.1:9022"}});
  EXPECT_EQ(both.findings.problems.size(), 1U);
}

TEST(WithoutUpstream, has_no_say_in_other_modes) {
  const auto result = shared({{"TOWLINE_SSH_LISTEN", ":22"}});
  EXPECT_EQ(said(result), Lines{"warning: TOWLINE_SSH_LISTEN has no effect without SSH_MODE=expose"});
  EXPECT_THAT(result.config().endpoint.listen, IsEmpty());
  EXPECT_EQ(shared({}).setting("TOWLINE_SSH_LISTEN").value, "");
}

}  // namespace
}  // namespace towline::config
