#include "ssh/auth/server/authorized_keys.hpp"

#include "text/base64.hpp"
#include "unit/ssh/keys/keygen.hpp"
#include "unit/ssh/trust/host_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Time = Certificate::Time;
using BadLine = AuthorizedKeys::BadLine;

const HostKey key_a = ed25519_key('a');
const HostKey key_b = ed25519_key('b');
const ClientAddress loopback = boost::asio::ip::make_address("127.0.0.1");
const Time new_year_2030{std::chrono::seconds(1'893'456'000)};

KeyUse use_of(Time now = new_year_2030, ClientAddress address = loopback) { return {"me", address, now}; }

std::string only_reason(const AuthorizedKeys& keys) {
  return keys.bad_lines().size() == 1 ? keys.bad_lines().front().reason : "not one bad line";
}

// What sshd says to the same is in openssh_authorized_keys_test.
TEST(AuthorizedKeys, say_which_line_lets_in_and_what_it_permits) {
  const auto keys =
      AuthorizedKeys::parse("# mine\n\n" + to_string(key_a) + " me\nno-pty " + to_string(key_b), "/keys");
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_THAT(keys.bad_lines(), IsEmpty());
  const auto plain = keys.judge(key_a, use_of());
  EXPECT_TRUE(plain.accepted());
  EXPECT_EQ(plain.file, "/keys");
  EXPECT_EQ(plain.line, 3U);
  EXPECT_EQ(plain.permissions, Permissions{});
  EXPECT_EQ(plain.until, std::nullopt);
  EXPECT_FALSE(keys.judge(key_b, use_of()).permissions.pty);
  const auto stranger = keys.judge(ed25519_key('c'), use_of());
  EXPECT_EQ(stranger.refusal, Refusal::key_unknown);
  EXPECT_EQ(stranger.line, 0U);
  EXPECT_FALSE(AuthorizedKeys().judge(key_a, use_of()).accepted());
}

TEST(AuthorizedKeys, refuse_for_a_reason_with_a_name) {
  const auto keys =
      AuthorizedKeys::parse("from=\"10.0.0.0/8\",expiry-time=\"20300101Z\" " + to_string(key_a));
  const ClientAddress ten = boost::asio::ip::make_address("10.1.1.1");
  const auto good = keys.judge(key_a, use_of(new_year_2030, ten));
  EXPECT_TRUE(good.accepted()) << "the second itself is in it";
  EXPECT_EQ(good.until, 1'893'456'000U);
  EXPECT_EQ(keys.judge(key_a, use_of(new_year_2030 + std::chrono::seconds(1), ten)).refusal,
            Refusal::key_expired);
  const auto elsewhere = keys.judge(key_a, use_of());
  EXPECT_EQ(elsewhere.refusal, Refusal::address_not_permitted);
  EXPECT_EQ(elsewhere.line, 1U);
  EXPECT_EQ(elsewhere.permissions, Permissions{});
  EXPECT_EQ(keys.judge(key_a, use_of(new_year_2030, std::nullopt)).refusal, Refusal::address_not_permitted);
}

TEST(AuthorizedKeys, take_the_first_line_that_lets_in) {
  const auto line = to_string(key_a);
  const auto keys =
      AuthorizedKeys::parse("from=\"10.0.0.1\" " + line + "\nno-pty " + line + '\n' + line + '\n');
  const auto found = keys.judge(key_a, use_of());
  EXPECT_EQ(found.line, 2U);
  EXPECT_FALSE(found.permissions.pty);
}

TEST(AuthorizedKeys, leave_out_what_they_cannot_understand_and_say_so) {
  const auto line = to_string(key_a);
  const std::pair<std::string, const char*> rows[] = {
      {"whatever " + line, "\"whatever\" is not known here"},
      {"command=\"x " + line, "quotes in its options do not end"},
      {"ssh-ed25519", "no key behind its type"},
      {"ssh-ed25519 AAAA", "damaged, or not of the type"},
      {"ssh-ed25519 " + line.substr(line.find(' ') + 1, 20) + "!", "cut off, or not base64"},
      {"ssh-rsa " + line.substr(line.find(' ') + 1), "not of the type in front of it"},
      {"ssh-new AAAA", "keys of the type ssh-new are not known here"},
      {"ssh-dss AAAA", "DSA"},
      {"sk-ssh-ed25519@openssh.com AAAA", "security keys"},
      {"ssh-ed25519-cert-v01@openssh.com AAAA", "its authority belongs here"},
      {"principals=\"x\" " + line, "cert-authority"},
      {"no-pty restrict " + line, "no key type"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----", "private key"},
      {"SHA256:secret", "fingerprint"},
      {"my secret", "no key type"},
      {std::string("no-pty\0 ", 8) + line, "zero octet"},
      {"no-pty " + line + std::string(17'000, ' '), "longer than any key"},
  };
  for (const auto& [text, why] : rows) {
    const auto keys = AuthorizedKeys::parse(text);
    EXPECT_TRUE(keys.empty()) << text;
    EXPECT_THAT(only_reason(keys), HasSubstr(why)) << text;
    EXPECT_THAT(only_reason(keys), testing::Not(HasSubstr("secret"))) << "it may be one";
  }
  const auto keys = AuthorizedKeys::parse(line + "\nwhatever " + line + "\n", "/keys");
  EXPECT_EQ(keys.size(), 1U);
  EXPECT_THAT(keys.bad_lines(),
              ElementsAre(BadLine{2, "the option \"whatever\" is not known here", "/keys", true}));
  EXPECT_EQ(text_of(keys.bad_lines().front()),
            "line 2 of /keys is refused: the option \"whatever\" is not known here");
}

TEST(AuthorizedKeys, remark_on_names_that_nobody_has) {
  const auto keys = AuthorizedKeys::parse("from=\"host.example,127.0.0.1\" " + to_string(key_a));
  EXPECT_TRUE(keys.judge(key_a, use_of()).accepted());
  EXPECT_EQ(text_of(keys.bad_lines().front()),
            "line 1: names of clients are not looked up, so nobody is host.example");
}

TEST(AuthorizedKeys, of_several_texts_count_together) {
  AuthorizedKeys keys;
  keys.add(to_string(key_a), "one");
  keys.add("\n" + to_string(key_b), "two");
  EXPECT_EQ(keys.judge(key_a, use_of()).file, "one");
  EXPECT_EQ(keys.judge(key_b, use_of()).file, "two");
  EXPECT_EQ(keys.judge(key_b, use_of()).line, 2U);
}

TEST(AuthorizedKeys, an_authority_is_no_key_and_a_key_no_authority) {
  const Keygen keygen;
  for (const auto* name : {"ca", "user"}) keygen.make(name);
  const auto certificate = parse_certificate(keygen.certify("user", "ca", "-n me,you")).value();
  const auto now = std::chrono::system_clock::now();
  const auto authority = AuthorizedKeys::parse("cert-authority " + keygen.line("ca"));
  EXPECT_TRUE(authority.judge(certificate, use_of(now)).accepted());
  EXPECT_EQ(authority.judge(keygen.key("ca"), use_of(now)).refusal, Refusal::key_unknown);
  const auto plain = AuthorizedKeys::parse(keygen.line("ca"));
  EXPECT_EQ(plain.judge(certificate, use_of(now)).refusal, Refusal::certificate_unknown);
  EXPECT_TRUE(plain.judge(keygen.key("ca"), use_of(now)).accepted());
  const auto trusted = AuthorizedKeys::parse(keygen.line("ca"), {}, AuthorizedKeys::Lines::authorities);
  EXPECT_TRUE(trusted.judge(certificate, use_of(now)).accepted());
  EXPECT_FALSE(trusted.judge(keygen.key("ca"), use_of(now)).accepted());
}

TEST(AuthorizedKeys, a_certificate_may_do_what_it_and_its_line_permit) {
  const Keygen keygen;
  for (const auto* name : {"ca", "user"}) keygen.make(name);
  const auto now = std::chrono::system_clock::now();
  const auto judge = [&](const std::string& options, const std::string& line) {
    const auto certificate = parse_certificate(keygen.certify("user", "ca", "-n me " + options)).value();
    return AuthorizedKeys::parse(line + ' ' + keygen.line("ca")).judge(certificate, use_of(now));
  };
  EXPECT_EQ(judge("", "cert-authority").permissions, Permissions{});
  EXPECT_FALSE(judge("-O clear", "cert-authority").permissions.port_forwarding);
  EXPECT_FALSE(judge("", "cert-authority,no-pty").permissions.pty);
  const auto both = judge("-O clear -O permit-pty", "cert-authority,permitopen=\"a:1\"").permissions;
  EXPECT_TRUE(both.pty);
  EXPECT_FALSE(both.agent_forwarding);
  EXPECT_EQ(both.open.size(), 1U);
  EXPECT_EQ(judge("-O force-command=x", "cert-authority").permissions.command, "x");
  EXPECT_EQ(judge("", "cert-authority,command=\"x\"").permissions.command, "x");
  const auto two = judge("-O force-command=x", "cert-authority,command=\"y\"");
  EXPECT_EQ(two.refusal, Refusal::certificate_option);
  EXPECT_EQ(two.permissions, Permissions{});
  EXPECT_EQ(judge("-V -1d:+1d", "cert-authority,expiry-time=\"20200101\"").refusal, Refusal::key_expired);
  const auto until = judge("-V 20200101000000Z:20900101000000Z", "cert-authority").until;
  EXPECT_EQ(until, 3'786'911'999U) << "the last second in which it is good";
  EXPECT_EQ(judge("", "cert-authority,principals=\"you\"").refusal, Refusal::certificate_not_for_user);
}

}  // namespace
}  // namespace towline::ssh
