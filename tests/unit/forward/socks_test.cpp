#include "forward/socks.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::forward::socks {
namespace {

using namespace std::string_view_literals;
using observe::ConnectionFailure;

struct Case {
  const char* name;
  std::string input;
  std::string answer;  // before the reply to the request
  std::optional<Request> request;
  std::optional<errc> refusal;
};

Request v4(std::string host, std::uint16_t port) { return {Version::v4, {std::move(host), port}}; }
Request v5(std::string host, std::uint16_t port) { return {Version::v5, {std::move(host), port}}; }

const std::string greeting5("\5\1\0", 3);
const std::string no_authentication("\5\0", 2);
const std::string rejected4("\0\x5b\0\0\0\0\0\0", 8);

std::string reply5(char code) { return std::string{5, code, 0, 1, 0, 0, 0, 0, 0, 0}; }

std::string ask5(std::string_view rest) { return greeting5 + std::string(rest); }

std::vector<Case> cases() {
  const std::string longest(255, 'n');
  return {
      {"v4", std::string("\4\1\0\x50\x7f\0\0\1root\0"sv), "", v4("127.0.0.1", 80), {}},
      {"v4 without a user", std::string("\4\1\x1f\x90\x0a\1\2\3\0"sv), "", v4("10.1.2.3", 8080), {}},
      {"v4, all zeros is an address", std::string("\4\1\0\x50\0\0\0\0\0"sv), "", v4("0.0.0.0", 80), {}},
      {"v4a", std::string("\4\1\1\xbb\0\0\0\7me\0web.example\0"sv), "", v4("web.example", 443), {}},
      {"v4a, longest name", std::string("\4\1\1\xbb\0\0\0\7\0"sv) + longest + '\0', "", v4(longest, 443), {}},
      {"v4a, no name", std::string("\4\1\1\xbb\0\0\0\7\0\0"sv), rejected4, {}, errc::bad_request},
      {"v4a, a name with a space",
       std::string("\4\1\1\xbb\0\0\0\7\0a b\0"sv),
       rejected4,
       {},
       errc::bad_request},
      {"v4a, name too long",
       std::string("\4\1\1\xbb\0\0\0\7\0"sv) + longest + "n",
       rejected4,
       {},
       errc::bad_request},
      {"v4, user too long",
       std::string("\4\1\1\xbb\1\2\3\4"sv) + longest + "n",
       rejected4,
       {},
       errc::bad_request},
      {"v4, BIND", std::string("\4\2\0\x50\x7f\0\0\1\0"sv), rejected4, {}, errc::command_not_supported},
      {"v5, v4 address", ask5("\5\1\0\1\x0a\1\2\3\0\x50"sv), no_authentication, v5("10.1.2.3", 80), {}},
      {"v5, v6 address",
       ask5("\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50"sv),
       no_authentication,
       v5("2001:db8::1", 80),
       {}},
      {"v5, name", ask5("\5\1\0\3\x0bweb.example\1\xbb"sv), no_authentication, v5("web.example", 443), {}},
      {"v5, longest name",
       ask5("\5\1\0\3\xff"sv) + longest + "\1\xbb",
       no_authentication,
       v5(longest, 443),
       {}},
      {"v5, among several methods",
       std::string("\5\3\1\2\0\5\1\0\1\x0a\1\2\3\0\x50"sv),
       no_authentication,
       v5("10.1.2.3", 80),
       {}},
      {"v5, only with a password", std::string("\5\2\1\2"sv), "\5\xff", {}, errc::no_acceptable_method},
      {"v5, no method at all", std::string("\5\0"sv), "\5\xff", {}, errc::no_acceptable_method},
      {"v5, BIND",
       ask5("\5\2\0\1\x0a\1\2\3\0\x50"sv),
       no_authentication + reply5(7),
       {},
       errc::command_not_supported},
      {"v5, UDP ASSOCIATE",
       ask5("\5\3\0\1\0\0\0\0\0\0"sv),
       no_authentication + reply5(7),
       {},
       errc::command_not_supported},
      {"v5, unknown type of address",
       ask5("\5\1\0\2"sv),
       no_authentication + reply5(8),
       {},
       errc::address_type_not_supported},
      {"v5, no name", ask5("\5\1\0\3\0\0\x50"sv), no_authentication + reply5(1), {}, errc::bad_request},
      {"v5, a name with a NUL",
       ask5("\5\1\0\3\3a\0b\0\x50"sv),
       no_authentication + reply5(1),
       {},
       errc::bad_request},
      {"v5, then something else", ask5("\4\1\0\1"sv), no_authentication + reply5(1), {}, errc::not_socks},
      {"HTTP", "G", "", {}, errc::not_socks},
      {"nothing known", std::string(1, '\0'), "", {}, errc::not_socks},
  };
}

void expect(const Case& c, const Heard& heard) {
  EXPECT_EQ(heard.request, c.request) << c.name;
  EXPECT_EQ(heard.refusal, c.refusal) << c.name;
  EXPECT_EQ(heard.answer, c.answer) << c.name;
  EXPECT_EQ(heard.taken, c.input.size()) << c.name;
}

TEST(Socks, understands_a_request_in_one_piece_and_takes_nothing_behind_it) {
  for (const auto& c : cases()) expect(c, parse(c.input + "early data"));
}

TEST(Socks, understands_a_request_byte_by_byte) {
  for (const auto& c : cases()) {
    Heard heard;
    std::string said;
    for (const char byte : c.input) {
      EXPECT_FALSE(heard.over()) << c.name << " at " << said.size();
      const auto before = std::exchange(heard, parse(said += byte));
      EXPECT_EQ(heard.taken, said.size()) << c.name;
      EXPECT_TRUE(heard.answer.starts_with(before.answer)) << c.name << ": an answer was taken back";
    }
    expect(c, heard);
  }
}

TEST(Socks, a_truncated_request_is_none) {
  for (const auto& c : cases()) {
    for (std::size_t n = 0; n < c.input.size(); ++n) {
      const auto heard = parse(c.input.substr(0, n));
      EXPECT_EQ(heard.taken, n) << c.name;
      EXPECT_FALSE(heard.over()) << c.name << " cut at " << n;
    }
  }
}

TEST(Socks, the_method_is_answered_before_the_request_comes) {
  EXPECT_EQ(parse(greeting5.substr(0, 2)).answer, "");
  EXPECT_EQ(parse(greeting5), (Heard{.taken = greeting5.size(), .answer = no_authentication}));
}

TEST(Socks, a_channel_is_granted_in_the_clients_version) {
  EXPECT_EQ(granted(Version::v4), "\0\x5a\0\0\0\0\0\0"sv);
  EXPECT_EQ(granted(Version::v5), reply5(0));
}

TEST(Socks, a_channel_that_could_not_be_opened_has_its_code) {
  const std::pair<ConnectionFailure, char> rows[] = {{ConnectionFailure::channel_prohibited, 2},
                                                     {ConnectionFailure::channel_connect_failed, 5},
                                                     {ConnectionFailure::channel_resource, 1},
                                                     {ConnectionFailure::target_timeout, 4},
                                                     {ConnectionFailure::not_up, 3},
                                                     {ConnectionFailure::limit, 1}};
  for (const auto& [why, code] : rows) {
    EXPECT_EQ(failed(Version::v5, why), reply5(code)) << to_string(why);
    EXPECT_EQ(failed(Version::v4, why), rejected4) << to_string(why);
  }
}

TEST(Socks, every_refusal_has_a_sentence_of_its_own) {
  std::set<std::string> sentences;
  const auto last = static_cast<int>(errc::timed_out);
  for (int value = 1; value <= last; ++value)
    sentences.insert(make_error_code(static_cast<errc>(value)).message());
  EXPECT_EQ(sentences.size(), static_cast<std::size_t>(last));
  EXPECT_EQ(sentences.count("unknown SOCKS error"), 0U);
}

TEST(Socks, the_hint_fits_the_mistake) {
  EXPECT_NE(std::string_view(hint(errc::not_socks)).find("HTTP"), std::string_view::npos);
  EXPECT_NE(std::string_view(hint(errc::no_acceptable_method)).find("password"), std::string_view::npos);
  EXPECT_NE(std::string_view(hint(errc::command_not_supported)).find("UDP"), std::string_view::npos);
}

}  // namespace
}  // namespace towline::forward::socks
