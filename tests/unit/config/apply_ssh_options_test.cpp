#include "config/apply_ssh_options.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace towline::config {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Kinds = std::map<std::string, FileKind>;

Loading loaded(Env::Values values, const Kinds& files = {}) {
  const InspectFile inspect = [&](const std::string& path) {
    FileFacts facts;
    const auto found = files.find(path);
    if (path == "/id_rsa") facts.kind = FileKind::regular;
    if (path == "/dev/null") facts.kind = FileKind::null_device;
    if (found != files.end()) facts.kind = found->second;
    facts.readable = true;
    return facts;
  };
  return load(Env(std::move(values)), inspect);
}

Loaded good(Env::Values values, const Kinds& files = {}) {
  auto result = loaded(std::move(values), files);
  if (!result) {
    for (const auto& problem : result.error().problems) ADD_FAILURE() << to_string(problem);
    return {};
  }
  return *std::move(result);
}

std::vector<std::string> problems(Env::Values values, const Kinds& files = {}) {
  std::vector<std::string> all;
  const auto result = loaded(std::move(values), files);
  if (result) return all;
  for (const auto& problem : result.error().problems) all.push_back(to_string(problem));
  return all;
}

std::vector<std::string> warnings(const Loaded& loaded) {
  std::vector<std::string> all;
  for (const auto& warning : loaded.warnings) all.push_back(to_string(warning));
  return all;
}

Setting setting(const Loaded& loaded, std::string_view name) {
  return *std::ranges::find(loaded.settings, name, &Setting::name);
}

TEST(ApplySshOptions, fills_the_options_of_the_connection) {
  const auto result = good({{"SSH_REMOTE_HOST", "alias:2222"},
                            {"SSH_OPTIONS",
                             "-4 -b 127.0.0.2 -B lo -o TCPKeepAlive=no -o ConnectTimeout=5 -c aes256-ctr -J "
                             "ann@outer -o HostName=10.0.0.1 -o HostKeyAlias=bastion"}});
  const auto& ssh = result.config.ssh;
  EXPECT_EQ(ssh.server, (net::HostPort{"10.0.0.1", 2222}));
  EXPECT_EQ(ssh.host_key.alias, "bastion");
  EXPECT_EQ(ssh.socket.family, net::AddressFamily::inet);
  EXPECT_EQ(ssh.socket.bind_address, "127.0.0.2");
  EXPECT_EQ(ssh.socket.bind_interface, "lo");
  EXPECT_FALSE(ssh.socket.tcp_keepalive);
  EXPECT_EQ(ssh.connect_timeout, 5s);
  EXPECT_EQ(ssh.algorithms.cipher, "aes256-ctr");
  ASSERT_EQ(ssh.jump_hosts.size(), 1U);
  EXPECT_EQ(ssh.jump_hosts[0].server, (net::HostPort{"outer", 22}));
  EXPECT_EQ(ssh.jump_hosts[0].user, "ann");
  EXPECT_EQ(setting(result, "SSH_CONNECT_TIMEOUT").value, "5s");
  EXPECT_EQ(setting(result, "SSH_CONNECT_TIMEOUT").source, Source::ssh_options);
  EXPECT_THAT(warnings(result), Contains(AllOf(HasSubstr("HostName"), HasSubstr("10.0.0.1"))));
}

TEST(ApplySshOptions, fills_the_credentials_behind_those_of_variables) {
  const auto result = good({{"SSH_OPTIONS",
                             "-i /second -i /missing -o CertificateFile=/cert -o IdentitiesOnly=yes -o "
                             "PasswordAuthentication=no -o PreferredAuthentications=publickey,password"}},
                           {{"/second", FileKind::regular}, {"/cert", FileKind::regular}});
  const auto& credentials = result.config.ssh.credentials;
  ASSERT_EQ(credentials.keys.size(), 2U);
  EXPECT_EQ(credentials.keys[0].file, "/id_rsa");
  EXPECT_EQ(credentials.keys[1].file, "/second");
  EXPECT_EQ(credentials.certificate.file, "/cert");
  EXPECT_TRUE(credentials.identities_only);
  EXPECT_TRUE(credentials.publickey);
  EXPECT_FALSE(credentials.password_method);
  EXPECT_FALSE(credentials.keyboard_interactive) << "it is not among the preferred";
  EXPECT_THAT(warnings(result), Contains(HasSubstr("there is no /missing")));
}

TEST(ApplySshOptions, adds_forwards_beside_the_main_one) {
  const auto result = good({{"SSH_OPTIONS",
                             "-L 8080:db:80 -R 2222:localhost:22 -D 1080 -g -L localhost:81:db:81 -o "
                             "StreamLocalBindUnlink=yes"}});
  std::vector<std::string> forwards;
  for (const auto& spec : result.config.forwards) {
    forwards.push_back(spec.name + ' ' + spec_text(spec));
    EXPECT_TRUE(spec.stream_local.bind_unlink) << spec.name;
  }
  EXPECT_THAT(forwards, ElementsAre(HasSubstr("main -R "), "L8080 -L *:8080:db:80",
                                    "R2222 -R localhost:2222:localhost:22", "D1080 -D *:1080",
                                    "L81 -L localhost:81:db:81"));
}

TEST(ApplySshOptions, lets_a_variable_that_is_set_win_and_says_so_in_one_line) {
  const auto result = good({{"SSH_CONNECT_TIMEOUT", "9s"},
                            {"SSH_JUMP_HOSTS", "hop"},
                            {"SSH_KNOWN_HOSTS", "host ssh-ed25519 AAAA"},
                            {"TOWLINE_LOG_LEVEL", "warn"},
                            {"SSH_OPTIONS",
                             "-o ConnectTimeout=5 -J other -vv -p 2222 -o UserKnownHostsFile=/x -o "
                             "ServerAliveInterval=99"}},
                           {{"/x", FileKind::regular}});
  EXPECT_EQ(result.config.ssh.connect_timeout, 9s);
  EXPECT_EQ(result.config.ssh.jump_hosts.at(0).server.host, "hop");
  EXPECT_EQ(result.config.log.log_level, observe::Level::warn);
  EXPECT_EQ(result.config.ssh.server.port, 22) << "the preset of the image wins too";
  EXPECT_EQ(result.config.ssh.keepalive.interval, 10s);
  std::vector<std::string> lost;
  for (const auto& text : warnings(result)) {
    if (text.find("without effect") != std::string::npos) lost.push_back(text);
  }
  ASSERT_EQ(lost.size(), 1U);
  for (const auto* word :
       {"ConnectTimeout (SSH_CONNECT_TIMEOUT decides)", "ProxyJump (SSH_JUMP_HOSTS decides)",
        "-v (TOWLINE_LOG_LEVEL decides)", "-p 2222 (SSH_REMOTE_PORT decides)",
        "UserKnownHostsFile (SSH_KNOWN_HOSTS decides)",
        "ServerAliveInterval=99 (SSH_SERVER_ALIVE_INTERVAL decides)"}) {
    EXPECT_THAT(lost[0], HasSubstr(word));
  }
}

// An option that the image passed behind its own, so that it never did anything, must not weaken the check
// now.
TEST(ApplySshOptions, never_weakens_the_check_of_host_keys_unseen) {
  const Kinds mounted = {{"/known_hosts", FileKind::regular}};
  const auto old =
      good({{"SSH_OPTIONS", "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"}}, mounted);
  EXPECT_EQ(old.config.ssh.host_key.strict, ssh::StrictHostKeyChecking::yes);
  EXPECT_THAT(old.config.ssh.host_key.known_hosts_files, ElementsAre("/known_hosts"));
  EXPECT_THAT(warnings(old),
              Contains(AllOf(HasSubstr("StrictHostKeyChecking=no (SSH_STRICT_HOST_KEY_CHECKING"),
                             HasSubstr("UserKnownHostsFile (/known_hosts decides)"))));

  const auto unmounted = good({{"SSH_OPTIONS", "-o StrictHostKeyChecking=no"}});
  EXPECT_EQ(unmounted.config.ssh.host_key.strict, ssh::StrictHostKeyChecking::accept_new);

  const auto null = good({{"SSH_OPTIONS", "-o UserKnownHostsFile=/dev/null"}});
  EXPECT_EQ(null.config.ssh.host_key.strict, ssh::StrictHostKeyChecking::no) << "as in the image";
  EXPECT_THAT(warnings(null), Contains(HasSubstr("host keys are not checked")));
}

TEST(ApplySshOptions, takes_known_hosts_files_where_none_is_mounted) {
  const Kinds files = {{"/a", FileKind::regular}, {"/b", FileKind::regular}, {"/g", FileKind::regular}};
  const auto result =
      good({{"SSH_OPTIONS", "-o 'UserKnownHostsFile /a /b' -o GlobalKnownHostsFile=/g"}}, files);
  EXPECT_EQ(result.config.ssh.host_key.strict, ssh::StrictHostKeyChecking::yes);
  EXPECT_THAT(result.config.ssh.host_key.known_hosts_files, testing::UnorderedElementsAre("/a", "/b", "/g"));
  EXPECT_EQ(setting(result, "SSH_KNOWN_HOSTS_FILE").value, "/a");
}

TEST(ApplySshOptions, maps_verbosity_to_the_log_level) {
  EXPECT_EQ(good({{"SSH_OPTIONS", "-v"}}).config.log.log_level, observe::Level::debug);
  EXPECT_EQ(good({{"SSH_OPTIONS", "-vvv"}}).config.log.log_level, observe::Level::trace);
  EXPECT_EQ(good({{"SSH_OPTIONS", "-q -v"}}).config.log.log_level, observe::Level::error);
}

TEST(ApplySshOptions, says_what_it_took_off_and_what_means_nothing) {
  const auto result =
      good({{"SSH_OPTIONS", "\"-N -T -o ConnectTimeout=5 -c aes128-ctr,sntrup -o SetEnv=A=s3cret\""}});
  EXPECT_THAT(problems({{"SSH_OPTIONS", "-c aes128-ctr,sntrup"}}), IsEmpty());
  EXPECT_EQ(result.config.ssh.connect_timeout, 5s);
  EXPECT_THAT(warnings(result), Contains(HasSubstr("the quotation marks around the whole value")));
  EXPECT_THAT(warnings(result), Contains(HasSubstr("without a meaning in towline: -N, -T, SetEnv")));
  EXPECT_THAT(warnings(result), Contains(HasSubstr("left out: sntrup")));
  EXPECT_THAT(warnings(result), Each(Not(HasSubstr("s3cret"))));
  const auto shown = std::ranges::find(result.settings, "SSH_OPTIONS", &Setting::name);
  ASSERT_NE(shown, result.settings.end());
  EXPECT_EQ(shown->value, "-N -T -o ConnectTimeout=5 -c aes128-ctr,sntrup -o SetEnv=***");
  EXPECT_EQ(shown->source, Source::environment);
}

TEST(ApplySshOptions, makes_a_problem_of_every_complaint_under_its_variable) {
  EXPECT_THAT(problems({{"SSH_OPTIONS", "-Z host -c aes128-cbc"}}), testing::SizeIs(3));
  EXPECT_THAT(problems({{"SSH_OPTIONS", "-Z host -c aes128-cbc"}}), Each(testing::StartsWith("SSH_OPTIONS")));
  EXPECT_THAT(problems({{"SSH_OPTIONS", "-i /folder"}}, {{"/folder", FileKind::directory}}),
              ElementsAre(HasSubstr("SSH_OPTIONS")));
}

}  // namespace
}  // namespace towline::config
