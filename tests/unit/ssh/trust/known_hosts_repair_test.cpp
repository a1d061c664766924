#include "ssh/trust/known_hosts_repair.hpp"

#include "ssh/trust/known_hosts.hpp"
#include "text/base64.hpp"
#include "unit/ssh/trust/host_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using Verdict = HostKeyVerdict;

const HostKey first_key = ed25519_key('A');
const HostKey second_key = ed25519_key('B');

std::string encoded(const std::string& text) {
  return text::to_base64(std::vector<std::uint8_t>(text.begin(), text.end()));
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string keyscan_output() {
  return "# example.com:22 SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\nexample.com " + to_string(first_key) +
         "\n# example.com:2222 SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\n[example.com]:2222 " +
         to_string(second_key) + "\n";
}

bool knows_both(const std::string& text) {
  const auto known = KnownHosts::parse(text);
  return known.lookup(example, first_key).verdict == Verdict::match &&
         known.lookup(example_2222, second_key).verdict == Verdict::match && known.bad_lines().empty();
}

TEST(KnownHostsRepair, harmless_damage_is_undone) {
  const auto good = keyscan_output();
  const auto plain = "example.com " + to_string(first_key) + " me@here\n[example.com]:2222 " +
                     to_string(second_key) + " you@there\n";
  for (const auto& text : {good, plain}) {
    const std::pair<const char*, std::string> damages[] = {
        {"none", text},
        {"no final newline", text.substr(0, text.size() - 1)},
        {"CRLF", with(text, "\n", "\r\n")},
        {"CR alone", with(text, "\n", "\r")},
        {"literal \\n", with(text, "\n", "\\n")},
        {"literal \\n, and a newline", with(text, "\n", "\\n") + "\n"},
        {"literal \\n and newlines", with(text, "\n", "\\n\n")},
        {"literal \\r\\n", with(text, "\n", "\\r\\n")},
        {"literal \\\\n", with(text, "\n", "\\\\n")},
        {"leading blank lines", "\n \r\n\t\n" + text},
        {"trailing blank lines", text + "\n \n\n"},
        {"blanks at the ends of lines", with(text, "\n", " \t\n")},
        {"indented", "    " + with(text, "\n", "\n    ")},
        {"lines joined by blanks", with(text, "\n", " ")},
        {"lines joined by blanks, and a newline", with(text, "\n", " ") + "\n"},
        {"byte order mark", "\xEF\xBB\xBF" + text},
        {"quotes", '"' + text + "\"\n"},
        {"single quotes", '\'' + text + '\''},
        {"quotes and literal \\n", '"' + with(text, "\n", "\\n") + '"'},
        {"quotes and blanks", '"' + with(text, "\n", " ") + '"'},
        {"base64", encoded(text)},
        {"base64 with a newline", encoded(text) + "\n"},
        {"base64 in lines", with(encoded(text), "A", "A\n")},
        {"base64 in quotes", '"' + encoded(text) + '"'},
        {"base64 of CRLF", encoded(with(text, "\n", "\r\n"))},
        {"base64 of literal \\n", encoded(with(text, "\n", "\\n"))},
        {"base64 of a byte order mark", encoded("\xEF\xBB\xBF" + text)}};
    for (const auto& [name, damaged] : damages) EXPECT_TRUE(knows_both(damaged)) << name << '\n' << damaged;
  }
}

TEST(KnownHostsRepair, a_damaged_key_among_lines_that_were_joined_is_still_named) {
  const auto known =
      KnownHosts::parse("example.com " + to_string(first_key) + "\\nother ssh-ed25519 AAAAC3Nz");
  EXPECT_EQ(known.lookup(example, first_key).verdict, Verdict::match);
  EXPECT_THAT(known.bad_lines(), testing::ElementsAre(testing::Field(&KnownHosts::BadLine::line, 2U)));
}

TEST(KnownHostsRepair, lines_that_were_joined_by_blanks_may_have_hosts_called_as_a_key_type_begins) {
  const auto known =
      KnownHosts::parse("ssh-gateway " + to_string(first_key) + " ssh-other " + to_string(second_key));
  EXPECT_EQ(known.lookup(net::HostPort{"ssh-gateway", 22}, first_key).verdict, Verdict::match);
  EXPECT_EQ(known.lookup(net::HostPort{"ssh-other", 22}, second_key).verdict, Verdict::match);
}

TEST(KnownHostsRepair, what_was_a_comment_is_no_key_afterwards) {
  const auto first = "example.com " + to_string(first_key);
  const auto second = "[example.com]:2222 " + to_string(second_key);
  for (const auto& text : {"# " + first, "#" + first, second + " # " + first, second + " #" + first,
                           "# old: " + first + ' ' + first, second + '\n' + second + ' ' + first}) {
    EXPECT_NE(KnownHosts::parse(text).lookup(example, first_key).verdict, Verdict::match) << text;
  }
}

TEST(KnownHostsRepair, a_backslash_in_a_comment_ends_no_line) {
  const auto text = "example.com " + to_string(first_key) + " DOMAIN\\nina C:\\new \\\n";
  EXPECT_EQ(repair_known_hosts(text + text), text + text);
  EXPECT_TRUE(KnownHosts::parse(text).bad_lines().empty());
}

// With the square of the time it would take longer than a test may.
TEST(KnownHostsRepair, a_written_line_break_does_not_look_at_all_that_follows) {
  for (const std::string piece : {"\\n", "\\naaa", "\\n,", "\\"}) {
    std::string text;
    while (text.size() < std::size_t{1} << 19U) text += piece;
    EXPECT_LE(repair_known_hosts(text).size(), text.size()) << piece;
  }
}

TEST(KnownHostsRepair, a_marker_keeps_its_meaning) {
  const auto text = "example.com " + to_string(first_key) + "\n@revoked * " + to_string(first_key) + "\n";
  for (const auto* separator : {"\n", "\\n", " "})
    EXPECT_EQ(KnownHosts::parse(with(text, "\n", separator)).lookup(example, first_key).verdict,
              Verdict::revoked)
        << separator;
}

TEST(KnownHostsDamage, a_name_that_no_server_has_is_reported_with_the_right_one) {
  const std::pair<std::string, std::string> rows[] = {
      {"example.com:2222", "write [example.com]:2222 instead of example.com:2222"},
      {"10.0.0.1:2222", "write [10.0.0.1]:2222 instead of 10.0.0.1:2222"},
      {"example.com:22", "write example.com instead of example.com:22"},
      {"[example.com]:22", "write example.com instead of [example.com]:22"},
      {"[::1]", "write ::1 instead of [::1]"},
      {"[example.com:2222]", "write [example.com]:2222 instead of [example.com:2222]"},
      {"me@example.com", "write example.com instead of me@example.com"},
      {"ssh://me@example.com:2222", "write [example.com]:2222 instead of ssh://me@example.com:2222"},
      {"other,!example.com:2222", "write [example.com]:2222 instead of example.com:2222"},
  };
  for (const auto& [hosts, reason] : rows) {
    EXPECT_THAT(KnownHosts::parse("\n" + hosts + ' ' + to_string(first_key) + '\n').bad_lines(),
                testing::ElementsAre(KnownHosts::BadLine{2, reason}));
  }
  for (const std::string hosts : {"example.com", "[example.com]:2222", "::1", "2001:db8::22", "[::1]:2222",
                                  "*:22", "!10.0.0.*,*", "fe80::1%eth0"}) {
    EXPECT_THAT(KnownHosts::parse(hosts + ' ' + to_string(first_key) + '\n').bad_lines(), testing::IsEmpty())
        << hosts;
  }
}

TEST(KnownHostsDamage, the_good_names_of_a_line_with_a_misspelt_one_still_count) {
  const auto known = KnownHosts::parse("10.0.0.1:2222,example.com " + to_string(first_key) + '\n');
  EXPECT_EQ(known.lookup(example, first_key).verdict, Verdict::match);
}

}  // namespace
}  // namespace towline::ssh
