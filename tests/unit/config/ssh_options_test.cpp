#include "config/ssh_options.hpp"

#include "config/ssh_option_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace towline::config {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> complaints(std::string_view text) {
  std::vector<std::string> all;
  for (const auto& complaint : parse_ssh_options(text).complaints)
    all.push_back(complaint.wrong + "; " + complaint.right);
  return all;
}

TEST(SshOptions, take_every_way_of_writing_one) {
  for (const auto* text :
       {"-oConnectTimeout=7", "-o ConnectTimeout=7", "-o 'ConnectTimeout 7'", "-o \"ConnectTimeout = 7\"",
        "-o connecttimeout=\\\"7\\\"", "-No CONNECTTIMEOUT=7", "-fNToConnectTimeout=7",
        "-- -oConnectTimeout=7", "\"-o ConnectTimeout=7\"", "'-o' \"ConnectTimeout=7\""}) {
    const auto options = parse_ssh_options(text);
    EXPECT_EQ(options.settings.connect_timeout, 7s) << text;
    EXPECT_THAT(complaints(text), IsEmpty()) << text;
  }
}

TEST(SshOptions, take_letters_in_clusters_with_an_argument_at_the_end_or_behind) {
  for (const auto* text : {"-CfNgi/key", "-CfNgi /key", "-C -f -N -g -i /key"}) {
    const auto options = parse_ssh_options(text);
    EXPECT_THAT(options.complaints, IsEmpty()) << text;
    EXPECT_THAT(options.settings.identity_files, ElementsAre("/key")) << text;
    EXPECT_EQ(options.settings.gateway_ports, true) << text;
    EXPECT_THAT(options.ignored, ElementsAre("-C", "-f", "-N")) << text;
  }
}

TEST(SshOptions, say_with_a_letter_what_they_say_with_a_word) {
  const auto s =
      parse_ssh_options(
          "-4 -b 10.0.0.1 -B eth0 -c aes128-ctr -D 1080 -g -i /k -J hop -L 1:h:1 -m hmac-sha2-256 -R "
          "2:h:2 -q -vv")
          .settings;
  EXPECT_EQ(s.family, net::AddressFamily::inet);
  EXPECT_EQ(s.bind_address, "10.0.0.1");
  EXPECT_EQ(s.bind_interface, "eth0");
  EXPECT_EQ(s.algorithms.cipher, "aes128-ctr");
  EXPECT_EQ(s.algorithms.mac, "hmac-sha2-256");
  EXPECT_THAT(s.forwards, SizeIs(3));
  EXPECT_EQ(s.gateway_ports, true);
  EXPECT_THAT(s.identity_files, ElementsAre("/k"));
  EXPECT_EQ(s.jump_hosts->front().host, "hop");
  EXPECT_EQ(s.log_level, observe::Level::error);
  EXPECT_EQ(s.verbose, 2);
  EXPECT_EQ(parse_ssh_options("-6 -4").settings.family, net::AddressFamily::inet6)
      << "the first value stands";
}

TEST(SshOptions, that_a_variable_outranks_are_named_with_it) {
  const auto options = parse_ssh_options(
      "-p 2222 -l ann -o StrictHostKeyChecking=no -oServerAliveInterval=5 -oServerAliveCountMax=9 -o 'Port "
      "1' "
      "-oUser=bob");
  EXPECT_THAT(options.complaints, IsEmpty());
  EXPECT_THAT(
      options.outranked,
      ElementsAre(OutrankedOption{"-p 2222", "SSH_REMOTE_PORT"}, OutrankedOption{"-l ann", "SSH_REMOTE_USER"},
                  OutrankedOption{"StrictHostKeyChecking=no", "SSH_STRICT_HOST_KEY_CHECKING"},
                  OutrankedOption{"ServerAliveInterval=5", "SSH_SERVER_ALIVE_INTERVAL"},
                  OutrankedOption{"ServerAliveCountMax=9", "SSH_SERVER_ALIVE_COUNT_MAX"},
                  OutrankedOption{"Port=1", "SSH_REMOTE_PORT"},
                  OutrankedOption{"User=bob", "SSH_REMOTE_USER"}));
}

TEST(SshOptions, are_shown_without_the_values_that_are_not_read) {
  const std::pair<const char*, const char*> rows[] = {
      {"-fN  -o ConnectTimeout=5", "-fN  -o ConnectTimeout=5"},
      {"-N -oSetEnv=TOKEN=s3cret -p 22", "-N -o SetEnv=*** -p 22"},
      {"-o 'setenv TOKEN=s3cret' -i '/a key'", "-o setenv=*** -i /a key"},
      {"-e s3cret -o 'IdentityFile /a key'", "-e *** -o 'IdentityFile=/a key'"},
      {"\"-E s3cret -l ann\"", "-E *** -l ann"}};
  for (const auto& [text, shown] : rows) {
    EXPECT_EQ(parse_ssh_options(text).shown, shown);
    EXPECT_THAT(complaints(text), IsEmpty()) << text;
  }
}

TEST(SshOptions, that_are_complained_about_do_not_give_away_a_value) {
  for (const auto* text :
       {"-o ProxyCommand='connect -p s3cret'", "-o SetEnv=TOKEN=my s3cret", "-o \"RemoteCommand s3cret\"",
        "-W s3cret", "-S s3cret", "-o NoSuchOption=s3cret", "-o NoSuchOption s3cret", "-o =s3cret",
        "-o SetEnv=A='s3cret", "-Z s3cret", "-o Tag=s3cret"}) {
    EXPECT_THAT(complaints(text),
                AllOf(testing::Not(IsEmpty()), testing::Each(testing::Not(HasSubstr("s3cret")))))
        << text;
  }
}

// ref: what people pass and what has no meaning here, or only a stricter one.
TEST(SshOptions, without_a_meaning_here_are_named_and_their_values_are_not) {
  for (const auto* option : {"-N",
                             "-n",
                             "-T",
                             "-t",
                             "-f",
                             "-a",
                             "-x",
                             "-k",
                             "-C",
                             "-2",
                             "-y",
                             "RequestTTY=force",
                             "SessionType=none",
                             "StdinNull=yes",
                             "ForkAfterAuthentication=yes",
                             "BatchMode=yes",
                             "EscapeChar=none",
                             "NumberOfPasswordPrompts=1",
                             "HashKnownHosts=yes",
                             "UpdateHostKeys=no",
                             "CheckHostIP=no",
                             "VisualHostKey=yes",
                             "ControlMaster=auto",
                             "ControlPath=/tmp/x",
                             "ControlPersist=10m",
                             "ForwardAgent=no",
                             "ForwardX11=no",
                             "ForwardX11Trusted=no",
                             "AddKeysToAgent=yes",
                             "UseRoaming=no",
                             "Protocol=2",
                             "GSSAPIAuthentication=no",
                             "GSSAPIDelegateCredentials=no",
                             "GSSAPIKeyExchange=no",
                             "IPQoS=throughput",
                             "SendEnv=LANG",
                             "SetEnv=TOKEN=secret",
                             "RekeyLimit=1G",
                             "VerifyHostKeyDNS=no",
                             "PermitLocalCommand=no",
                             "Tunnel=no",
                             "ProxyCommand=none",
                             "RemoteCommand=none",
                             "HostbasedAuthentication=no",
                             "ClearAllForwardings=no",
                             "Compression=yes",
                             "ConnectionAttempts=3",
                             "ExitOnForwardFailure=yes",
                             "KnownHostsCommand=none",
                             "PermitRemoteOpen=any"}) {
    const std::string word = option;
    const auto options = parse_ssh_options(word.starts_with('-') ? word : "-o " + word);
    EXPECT_THAT(options.complaints, IsEmpty()) << word;
    EXPECT_THAT(options.outranked, IsEmpty()) << word;
    EXPECT_THAT(options.ignored, ElementsAre(word.substr(0, word.find('=')))) << word;
  }
}

TEST(SshOptions, that_cannot_be_left_out_are_refused_with_what_to_do_instead) {
  const std::pair<std::string, std::string> rows[] = {
      {"-o 'ProxyCommand nc %h %p'", "SSH_JUMP_HOSTS"},
      {"-W db:22", "-L"},
      {"-w 0:0", "forward ports"},
      {"-o Tunnel=yes", "forward ports"},
      {"-F /config", "no ssh_config is read"},
      {"-S /tmp/x", "one session"},
      {"-O check", "one session"},
      {"-M", "one session"},
      {"-o LocalCommand=date", "starts no programs"},
      {"-o PermitLocalCommand=yes", "starts no programs"},
      {"-o RemoteCommand=date", "only forwards"},
      {"-s", "only forwards"},
      {"-o KnownHostsCommand=/x", "SSH_KNOWN_HOSTS"},
      {"-I /lib.so", "agent"},
      {"-o PKCS11Provider=/lib.so", "agent"},
      {"-o SecurityKeyProvider=/lib.so", "agent"},
      {"-o VerifyHostKeyDNS=yes", "known_hosts"},
      {"-o VerifyHostKeyDNS=ask", "known_hosts"},
      {"-o GSSAPIAuthentication=yes", "GSSAPI"},
      {"-K", "GSSAPI"},
      {"-o HostbasedAuthentication=yes", "use a key"},
      {"-A", "no shell"},
      {"-X", "no shell"},
      {"-Y", "no shell"},
      {"-o ForwardAgent=yes", "no shell"},
      {"-o ForwardAgent=/run/agent", "no shell"},
      {"-o ForwardX11=yes", "no shell"},
      {"-o ClearAllForwardings=yes", "forwards"},
      {"-o 'Match host x'", "make no sense"},
      {"-o 'Include /x'", "SSH_OPTIONS"},
      {"-1", "version 2"},
      {"-o Protocol=1", "version 2"},
      {"-o ChannelTimeout=session=5m", "TOWLINE_IDLE_TIMEOUT"},
      {"-o RevokedHostKeys=/x", "@revoked"},
  };
  for (const auto& [text, advice] : rows) {
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
    EXPECT_THAT(complaints(text),
                testing::Contains(AllOf(HasSubstr("is not an option"), HasSubstr("compose list"))))
        << text;
  }
}

TEST(SshOptions, in_one_pair_of_quotation_marks_are_read_without_them) {
  EXPECT_TRUE(parse_ssh_options("\"-o BatchMode=yes -N\"").quotes_stripped);
  EXPECT_FALSE(parse_ssh_options("-o \"BatchMode yes\"").quotes_stripped);
}

TEST(SshOptions, tell_every_problem_at_once) {
  EXPECT_THAT(complaints("-Z -o ProxyCommand=x host -o ConnectTimeout=soon"), SizeIs(4));
}

}  // namespace
}  // namespace towline::config
