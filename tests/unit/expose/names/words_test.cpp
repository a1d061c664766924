#include "expose/names/words.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

namespace towline::expose {
namespace {

TEST(Words, of_nothing_are_the_defaults) {
  EXPECT_EQ(parse_words("").words, Words());
  EXPECT_EQ(parse_words(" \t\r\n").words, Words());
  EXPECT_EQ(parse_words("").problem, "");
}

TEST(Words, are_all_understood_together) {
  const auto read = parse_words(
      "force-https  host=app.local:8080 ip-allowlist=10.0.0.0/8,2001:db8::/32 ip-blocklist=10.1.0.0/16 "
      "allowed-fingerprints=SHA256:abc=,SHA256:def pool=7 http2 proxy_protocol=v2 --output json");
  ASSERT_EQ(read.problem, "");
  EXPECT_TRUE(read.words.force_https);
  EXPECT_TRUE(read.words.http2);
  EXPECT_TRUE(read.words.json);
  EXPECT_EQ(read.words.host, "app.local:8080");
  EXPECT_EQ(read.words.fingerprints, (std::vector<std::string>{"SHA256:abc", "SHA256:def"}));
  EXPECT_EQ(read.words.pool, 7U);
  EXPECT_EQ(read.words.proxy_protocol, forward::ProxyProtocol::v2);
}

TEST(Words, of_a_value_may_be_written_behind_a_blank_or_an_equals_sign) {
  EXPECT_TRUE(parse_words("--output=json").words.json);
  EXPECT_FALSE(parse_words("--output text").words.json);
  EXPECT_NE(parse_words("--output").problem, "");
}

TEST(Words, that_are_unknown_are_named_beside_the_known) {
  const auto read = parse_words("force-https nosuch=1");
  EXPECT_NE(read.problem.find("\"nosuch\" is not a known word; known are: force-https"), std::string::npos)
      << read.problem;
  EXPECT_EQ(read.words, Words());
}

TEST(Words, with_a_mistake_say_what_would_be_right) {
  struct Mistake {
    const char* command;
    const char* problem;
  };
  for (const auto& [command, problem] : {
           Mistake{"force-https=1", "\"force-https\" takes no value: force-https"},
           Mistake{"pool", "\"pool\" needs a value: pool=…"},
           Mistake{"pool=0", "\"pool\": takes a number from 1 to 1000000"},
           Mistake{"pool=9x", "\"pool\": takes a number from 1 to 1000000"},
           Mistake{"host=", "\"host\": takes a host name or an address"},
           Mistake{"host=a/b", "\"host\": takes a host name or an address"},
           Mistake{"proxy-protocol=v3", "\"proxy-protocol\": takes v1 or v2"},
           Mistake{"allowed-fingerprints=abc",
                   "\"allowed-fingerprints\": takes SHA256:… as ssh-keygen -l prints it, several with commas "
                   "between"},
           Mistake{"http2 http2", "\"http2\" is there twice"},
           Mistake{"sni-proxy tcp-alias", "sni-proxy and tcp-alias exclude each other"},
       })
    EXPECT_EQ(parse_words(command).problem, problem) << command;
  EXPECT_NE(parse_words("ip-allowlist=example.com").problem, "");
  EXPECT_NE(parse_words("ip-allowlist=").problem, "");
  EXPECT_NE(parse_words(std::string(9'000, 'x')).problem, "");
}

TEST(Words, of_a_stranger_are_shown_cleaned) {
  EXPECT_EQ(parse_words("a\x1b[31mb").problem.find('\x1b'), std::string::npos);
}

TEST(Words, say_which_addresses_may_visit) {
  const auto at = [](const char* text) { return ssh::ClientAddress(boost::asio::ip::make_address(text)); };
  const auto words = parse_words("ip-allowlist=10.0.0.0/8 ip-blocklist=10.1.0.0/16").words;
  EXPECT_TRUE(admits(words, at("10.2.3.4")));
  EXPECT_TRUE(admits(words, at("::ffff:10.2.3.4")));
  EXPECT_FALSE(admits(words, at("10.1.3.4")));
  EXPECT_FALSE(admits(words, at("192.0.2.1")));
  EXPECT_FALSE(admits(words, std::nullopt));
  EXPECT_TRUE(admits(Words(), std::nullopt));
}

}  // namespace
}  // namespace towline::expose
