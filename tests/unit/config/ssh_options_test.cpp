#include "config/ssh_options.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>
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
using testing::SizeIs;

struct Read : SshOptions {
  Draft draft;

  std::vector<std::string> lost() const {
    std::vector<std::string> all;
    for (const auto& each : outranked) all.push_back(each.option + ": " + each.variable);
    return all;
  }
};

Read read(std::string_view text) {
  Reading reading;
  Read result{parse_ssh_options(text, reading), {}};
  result.draft = std::move(reading.draft);
  return result;
}

std::vector<std::string> complaints(std::string_view text) {
  std::vector<std::string> all;
  for (const auto& complaint : read(text).complaints) all.push_back(complaint.wrong + "; " + complaint.right);
  return all;
}

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

TEST(SshOptions, take_every_way_of_writing_one) {
  for (const auto* text :
       {"-oConnectTimeout=7", "-o ConnectTimeout=7", "-o 'ConnectTimeout 7'", "-o \"ConnectTimeout = 7\"",
        "-o connecttimeout=\\\"7\\\"", "-No CONNECTTIMEOUT=7", "-fNToConnectTimeout=7",
        "-- -oConnectTimeout=7", "\"-o ConnectTimeout=7\"", "'-o' \"ConnectTimeout=7\""}) {
    EXPECT_EQ(read(text).draft.config.ssh.connect_timeout, 7s) << text;
    EXPECT_THAT(complaints(text), IsEmpty()) << text;
  }
}

TEST(SshOptions, take_letters_in_clusters_with_an_argument_at_the_end_or_behind) {
  for (const auto* text : {"-CfNgi/key", "-CfNgi /key", "-C -f -N -g -i /key"}) {
    const auto options = read(text);
    EXPECT_THAT(options.complaints, IsEmpty()) << text;
    ASSERT_THAT(options.draft.config.ssh.credentials.keys, SizeIs(1)) << text;
    EXPECT_EQ(options.draft.config.ssh.credentials.keys[0].file, "/key") << text;
    EXPECT_TRUE(options.draft.gateway_ports) << text;
    EXPECT_THAT(options.ignored, ElementsAre("-C", "-f", "-N")) << text;
  }
}

TEST(SshOptions, say_with_a_letter_what_they_say_with_a_word) {
  const auto options = read(
      "-4 -b 10.0.0.1 -B eth0 -c aes128-ctr -D 1080 -g -i /k -J hop -L 1:h:1 -m hmac-sha2-256 -R 2:h:2 -q "
      "-vv");
  const auto& draft = options.draft;
  const auto& ssh = draft.config.ssh;
  EXPECT_EQ(ssh.socket.family, net::AddressFamily::inet);
  EXPECT_EQ(ssh.socket.bind_address, "10.0.0.1");
  EXPECT_EQ(ssh.socket.bind_interface, "eth0");
  EXPECT_EQ(ssh.algorithms.cipher, "aes128-ctr");
  EXPECT_EQ(ssh.algorithms.mac, "hmac-sha2-256");
  EXPECT_THAT(draft.forwards.forwards, SizeIs(3));
  EXPECT_TRUE(draft.gateway_ports);
  EXPECT_EQ(ssh.credentials.keys.at(0).file, "/k");
  EXPECT_EQ(draft.jump_hosts.at(0).host, "hop");
  EXPECT_EQ(draft.config.log.log_level, observe::Level::error);
  EXPECT_EQ(draft.verbose, 2);
}

TEST(SshOptions, stand_at_their_first_value) {
  const auto options = read(
      "-6 -4 -o ConnectTimeout=5 -o ConnectTimeout=6 -c aes128-ctr,sntrup -o Ciphers=aes256-ctr,rot13 -o "
      "UserKnownHostsFile=/a -o UserKnownHostsFile=/b -o KbdInteractiveAuthentication=yes -o "
      "ChallengeResponseAuthentication=no -o HostName=a -o HostName=b");
  const auto& ssh = options.draft.config.ssh;
  EXPECT_EQ(ssh.socket.family, net::AddressFamily::inet6);
  EXPECT_EQ(ssh.connect_timeout, 5s);
  EXPECT_EQ(ssh.algorithms.cipher, "aes128-ctr,sntrup");
  EXPECT_THAT(options.draft.unavailable_algorithms, ElementsAre("sntrup"));
  EXPECT_THAT(options.draft.user_known_hosts_files, ElementsAre("/a"));
  EXPECT_TRUE(ssh.credentials.keyboard_interactive) << "the older name came second";
  EXPECT_EQ(options.draft.servers.at(0).host, "a");
}

TEST(SshOptions, count_each_where_there_may_be_several_and_none_is_no_file) {
  const auto draft = read("-i /a -i none -i /b -o CertificateFile=/c -o CertificateFile=none -v -v").draft;
  ASSERT_THAT(draft.config.ssh.credentials.keys, SizeIs(2));
  EXPECT_EQ(draft.config.ssh.credentials.keys[1].file, "/b");
  EXPECT_THAT(draft.certificate_files, ElementsAre("/c"));
  EXPECT_EQ(draft.verbose, 2);
}

TEST(SshOptions, that_a_variable_outranks_are_named_with_it) {
  const auto options = read(
      "-p 2222 -l ann -o StrictHostKeyChecking=no -oServerAliveInterval=5 -oServerAliveCountMax=9 -o 'Port "
      "1' -oUser=bob");
  EXPECT_THAT(options.complaints, IsEmpty());
  EXPECT_THAT(options.lost(), ElementsAre("-p 2222: SSH_REMOTE_PORT", "-l ann: SSH_REMOTE_USER",
                                          "StrictHostKeyChecking=no: SSH_STRICT_HOST_KEY_CHECKING",
                                          "ServerAliveInterval=5: SSH_SERVER_ALIVE_INTERVAL",
                                          "ServerAliveCountMax=9: SSH_SERVER_ALIVE_COUNT_MAX",
                                          "Port=1: SSH_REMOTE_PORT", "User=bob: SSH_REMOTE_USER"));
}

TEST(SshOptions, are_shown_without_the_values_that_are_not_read) {
  const std::pair<const char*, const char*> rows[] = {
      {"-fN  -o ConnectTimeout=5", "-fN  -o ConnectTimeout=5"},
      {"-N -oSetEnv=TOKEN=s3cret -p 22", "-N -o SetEnv=*** -p 22"},
      {"-o 'setenv TOKEN=s3cret' -i '/a key'", "-o setenv=*** -i '/a key'"},
      {"-o Protocol=2 -o ProxyCommand=none", "-o Protocol=2 -o ProxyCommand=none"},
      {"-e s3cret -o 'IdentityFile /a key'", "-e *** -o 'IdentityFile=/a key'"},
      {"\"-E s3cret -l ann\"", "-E *** -l ann"}};
  for (const auto& [text, shown] : rows) {
    EXPECT_EQ(read(text).shown, shown);
    EXPECT_THAT(complaints(text), IsEmpty()) << text;
  }
}

TEST(SshOptions, that_are_complained_about_do_not_give_away_a_value) {
  for (const auto* text :
       {"-o ProxyCommand='connect -p s3cret'", "-o SetEnv=TOKEN=my s3cret", "-o \"RemoteCommand s3cret\"",
        "-W s3cret", "-S s3cret", "-o NoSuchOption=s3cret", "-o NoSuchOption s3cret", "-o =s3cret",
        "-o SetEnv=A='s3cret", "-Z s3cret", "-o Tag=s3cret"}) {
    EXPECT_THAT(complaints(text), AllOf(Not(IsEmpty()), Each(Not(HasSubstr("s3cret"))))) << text;
  }
}

// ref: what people pass and what has no meaning here, or only a stricter one.
TEST(SshOptions, without_a_meaning_here_are_named_and_their_values_are_not) {
  std::istringstream options(
      "-N -n -T -t -f -a -x -k -C -2 -y RequestTTY=force SessionType=none StdinNull=yes "
      "ForkAfterAuthentication=yes BatchMode=yes EscapeChar=none NumberOfPasswordPrompts=1 "
      "HashKnownHosts=yes UpdateHostKeys=no CheckHostIP=no VisualHostKey=yes ControlMaster=auto "
      "ControlPath=/tmp/x ControlPersist=10m ForwardAgent=no ForwardX11=no ForwardX11Trusted=no "
      "AddKeysToAgent=yes UseRoaming=no Protocol=2 GSSAPIAuthentication=no "
      "GSSAPIDelegateCredentials=no GSSAPIKeyExchange=no IPQoS=throughput SendEnv=LANG "
      "SetEnv=TOKEN=secret RekeyLimit=1G VerifyHostKeyDNS=no PermitLocalCommand=no Tunnel=no "
      "ProxyCommand=none RemoteCommand=none HostbasedAuthentication=no ClearAllForwardings=no "
      "Compression=yes ConnectionAttempts=3 ExitOnForwardFailure=yes KnownHostsCommand=none "
      "PermitRemoteOpen=any");
  for (std::string word; options >> word;) {
    const auto found = read(word.starts_with('-') ? word : "-o " + word);
    EXPECT_THAT(found.complaints, IsEmpty()) << word;
    EXPECT_THAT(found.outranked, IsEmpty()) << word;
    EXPECT_THAT(found.ignored, ElementsAre(word.substr(0, word.find('=')))) << word;
  }
}

TEST(SshOptions, that_cannot_be_left_out_are_refused_with_what_to_do_instead) {
  const std::map<std::string, std::vector<std::string>> rows = {
      {"SSH_JUMP_HOSTS", {"-o 'ProxyCommand nc %h %p'"}},
      {"-L", {"-W db:22"}},
      {"forward ports", {"-w 0:0", "-o Tunnel=yes"}},
      {"no ssh_config is read", {"-F /config"}},
      {"one session", {"-S /tmp/x", "-O check", "-M"}},
      {"starts no programs", {"-o LocalCommand=date", "-o PermitLocalCommand=yes"}},
      {"only forwards", {"-o RemoteCommand=date", "-s"}},
      {"SSH_KNOWN_HOSTS", {"-o KnownHostsCommand=/x"}},
      {"agent", {"-I /lib.so", "-o PKCS11Provider=/lib.so", "-o SecurityKeyProvider=/lib.so"}},
      {"known_hosts", {"-o VerifyHostKeyDNS=yes", "-o VerifyHostKeyDNS=ask"}},
      {"GSSAPI", {"-o GSSAPIAuthentication=yes", "-K"}},
      {"use a key", {"-o HostbasedAuthentication=yes"}},
      {"no shell",
       {"-A", "-X", "-Y", "-o ForwardAgent=yes", "-o ForwardAgent=/run/agent", "-o ForwardX11=yes"}},
      {"forwards", {"-o ClearAllForwardings=yes"}},
      {"make no sense", {"-o 'Match host x'"}},
      {"SSH_OPTIONS", {"-o 'Include /x'"}},
      {"version 2", {"-1", "-o Protocol=1"}},
      {"TOWLINE_IDLE_TIMEOUT", {"-o ChannelTimeout=session=5m"}},
      {"@revoked", {"-o RevokedHostKeys=/x"}}};
  for (const auto& [advice, options] : rows) {
    for (const auto& text : options)
      EXPECT_THAT(complaints(text), ElementsAre(AllOf(HasSubstr("is not available"), HasSubstr(advice))))
          << text;
  }
}

TEST(SshOptions, that_ssh_does_not_know_are_refused) {
  for (const auto* text : {"-o NoSuchOption=1", "-oNoSuchOption", "-Z", "-o -v=yes", "-o =1", "-NZ"}) {
    EXPECT_THAT(complaints(text), ElementsAre(HasSubstr("is not an option of ssh"))) << text;
  }
  EXPECT_THAT(complaints("-oBatchMode"), ElementsAre(HasSubstr("has no value")));
  EXPECT_THAT(complaints("-N -i"), ElementsAre(HasSubstr("\"-i\" needs an argument")));
  EXPECT_THAT(complaints("-o"), ElementsAre(HasSubstr("\"-o\" needs an argument")));
  EXPECT_THAT(complaints("-N 'x"), ElementsAre(HasSubstr("not closed")));
}

TEST(SshOptions, are_no_place_for_other_words) {
  for (const auto* text :
       {"user@host", "-N bastion", "-N date -u", "-- host", "-", "\\\"-o A=1\\\"", "-N ''"}) {
    EXPECT_THAT(complaints(text), Contains(AllOf(HasSubstr("is not an option"), HasSubstr("compose list"))))
        << text;
  }
}

TEST(SshOptions, in_one_pair_of_quotation_marks_are_read_without_them) {
  EXPECT_TRUE(read("\"-o BatchMode=yes -N\"").quotes_stripped);
  EXPECT_FALSE(read("-o \"BatchMode yes\"").quotes_stripped);
}

TEST(SshOptions, tell_every_problem_at_once) {
  EXPECT_THAT(complaints("-Z -o ProxyCommand=x host -o ConnectTimeout=soon"), SizeIs(4));
}

TEST(SshOptions, fill_the_options_of_the_connection) {
  const auto result = good({{"SSH_REMOTE_HOST", "alias:2222"},
                            {"SSH_OPTIONS",
                             "-4 -b 127.0.0.2 -B lo -o TCPKeepAlive=no -o ConnectTimeout=5 -c aes256-ctr -J "
                             "ann@outer -o HostName=10.0.0.1 -o HostKeyAlias=bastion"}});
  const auto& ssh = result.config.ssh;
  EXPECT_THAT(result.config.pool.servers, ElementsAre(net::HostPort{"10.0.0.1", 2222}));
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

TEST(SshOptions, fill_the_credentials_behind_those_of_variables) {
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

TEST(SshOptions, add_forwards_beside_the_main_one) {
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

TEST(SshOptions, give_way_to_a_variable_that_is_set_and_say_so_in_one_line) {
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
  EXPECT_EQ(result.config.pool.servers.at(0).port, 22) << "the preset of the image wins too";
  EXPECT_EQ(result.config.ssh.keepalive.interval, 10s);
  EXPECT_THAT(warnings(result),
              ElementsAre("SSH_OPTIONS: without effect: -p 2222 (SSH_REMOTE_PORT decides), "
                          "ServerAliveInterval=99 (SSH_SERVER_ALIVE_INTERVAL decides), "
                          "ConnectTimeout (SSH_CONNECT_TIMEOUT decides), ProxyJump (SSH_JUMP_HOSTS decides), "
                          "UserKnownHostsFile (SSH_KNOWN_HOSTS decides), -v (TOWLINE_LOG_LEVEL decides)"));
}

// An option that the image passed behind its own, so that it never did anything, must not weaken the check
// now.
TEST(SshOptions, never_weaken_the_check_of_host_keys_unseen) {
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

TEST(SshOptions, take_known_hosts_files_where_none_is_mounted) {
  const Kinds files = {{"/a", FileKind::regular}, {"/b", FileKind::regular}, {"/g", FileKind::regular}};
  const auto result =
      good({{"SSH_OPTIONS", "-o 'UserKnownHostsFile /a /b' -o GlobalKnownHostsFile=/g"}}, files);
  EXPECT_EQ(result.config.ssh.host_key.strict, ssh::StrictHostKeyChecking::yes);
  EXPECT_THAT(result.config.ssh.host_key.known_hosts_files, testing::UnorderedElementsAre("/a", "/b", "/g"));
  EXPECT_EQ(setting(result, "SSH_KNOWN_HOSTS_FILE").value, "/a");
}

TEST(SshOptions, map_verbosity_to_the_log_level) {
  EXPECT_EQ(good({{"SSH_OPTIONS", "-v"}}).config.log.log_level, observe::Level::debug);
  EXPECT_EQ(good({{"SSH_OPTIONS", "-vvv"}}).config.log.log_level, observe::Level::trace);
  EXPECT_EQ(good({{"SSH_OPTIONS", "-q -v"}}).config.log.log_level, observe::Level::error);
}

TEST(SshOptions, name_what_was_taken_off_and_what_means_nothing) {
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

TEST(SshOptions, make_a_problem_of_every_complaint_under_their_variable) {
  EXPECT_THAT(problems({{"SSH_OPTIONS", "-Z host -c aes128-cbc"}}), SizeIs(3));
  EXPECT_THAT(problems({{"SSH_OPTIONS", "-Z host -c aes128-cbc"}}), Each(testing::StartsWith("SSH_OPTIONS")));
  EXPECT_THAT(problems({{"SSH_OPTIONS", "-i /folder"}}, {{"/folder", FileKind::directory}}),
              ElementsAre(HasSubstr("SSH_OPTIONS")));
}

}  // namespace
}  // namespace towline::config
