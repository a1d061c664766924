#include "config/publish.hpp"

#include "settled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace towline::config {
namespace {

using publish::Service;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Env::Values with(Env::Values values) {
  values.try_emplace("SSH_REMOTE_HOST", "service");
  values.try_emplace("SSH_PUBLISH", "sish");
  return values;
}

TEST(Publish, is_off_until_a_dialect_is_named) {
  EXPECT_FALSE(settled({}).config().publish.service);
  EXPECT_FALSE(settled(with({{"SSH_PUBLISH", "off"}})).config().publish.service);
  EXPECT_EQ(settled(with({{"SSH_PUBLISH", "Sandhole"}})).config().publish.service, Service::sandhole);
  EXPECT_THAT(
      settled(with({{"SSH_PUBLISH", "ngrok"}})).problems(),
      ElementsAre(HasSubstr(
          "SSH_PUBLISH: \"ngrok\" is not a dialect that towline knows; write one of: sandhole, sish")));
}

TEST(Publish, takes_the_name_in_SSH_BIND_IP_as_it_is_written) {
  const std::pair<const char*, const char*> table[] = {{"localhost", "localhost"},
                                                       {"\"\"", ""},
                                                       {"*", "*"},
                                                       {"0.0.0.0", "0.0.0.0"},
                                                       {"web", "web"},
                                                       {"web.example", "web.example"},
                                                       {"u:p@name/path", "u:p@name/path"}};
  for (const auto& [written, host] : table) {
    const auto result = settled(with({{"SSH_BIND_IP", written}, {"SSH_TUNNEL_PORT", "80"}}));
    EXPECT_THAT(result.problems(), IsEmpty()) << written;
    EXPECT_EQ(result.config().forwards.at(0).listen.host, host) << written;
  }
  const auto unset = settled(with({}));
  EXPECT_EQ(unset.config().forwards.at(0).listen.host, "localhost");
  EXPECT_EQ(unset.setting("SSH_BIND_IP").value, "localhost");
  EXPECT_EQ(settled({{"SSH_REMOTE_HOST", "h"}, {"SSH_BIND_IP", "*"}}).config().forwards.at(0).listen.host,
            "");
}

TEST(Publish, takes_the_names_in_SSH_FORWARDS_as_they_are_written) {
  const auto result = settled(with({{"SSH_FORWARDS",
                                     "a=-R *:80:h:1\nb=-R :9000:h:1\nc=-R name/path:80:h:1\nd=-R "
                                     "[u:p@x]:80:h:1\ne=-R 0:h:1\nf=-R \"\":80:h:1"}}));
  EXPECT_THAT(result.problems(), IsEmpty());
  std::vector<std::string> hosts;
  for (const auto& spec : result.config().forwards) {
    hosts.push_back(spec.listen.host);
    EXPECT_FALSE(spec.both_loopbacks);
  }
  EXPECT_THAT(hosts, ElementsAre("*", "", "name/path", "u:p@x", "localhost", ""));
  EXPECT_THAT(settled({{"SSH_REMOTE_HOST", "h"}, {"SSH_FORWARDS", "-R [u:p@x]:80:h:1"}}).problems(),
              testing::SizeIs(1));
}

TEST(Publish, shows_no_password_of_a_name) {
  const auto result = settled(with({{"SSH_BIND_IP", "u:hidden@x"},
                                    {"SSH_MODE", "-R"},
                                    {"SSH_FORWARDS", "b=-R [u:hidden@x]:81:h:1; c=-L 1:h:1"}}));
  EXPECT_EQ(result.setting("SSH_BIND_IP").value, "***@x");
  EXPECT_EQ(result.setting("SSH_FORWARDS").value, "b=-R [***@x]:81:h:1; c=-L 1:h:1");
  EXPECT_EQ(net::to_string(result.config().forwards.at(0).listen), "***@x:0");
}

TEST(Publish, tries_to_log_in_where_no_question_is_asked) {
  EXPECT_TRUE(settled(with({})).config().ssh.credentials.expects_no_question);
  EXPECT_FALSE(settled({{"SSH_REMOTE_HOST", "h"}}).config().ssh.credentials.expects_no_question);
}

TEST(Publish, expects_an_address_of_the_only_forward_or_of_each) {
  EXPECT_EQ(settled(with({{"SSH_PUBLISH_EXPECT", "https://web.example/"}})).config().publish.expected,
            (std::vector<publish::Expected>{{"main", "https://web.example"}}));
  const auto two = settled(with({{"SSH_FORWARDS", "a=-R a:80:h:1; b=-R b:80:h:1"},
                                 {"SSH_PUBLISH_EXPECT", "a=https://a.example, b=b.example"}}));
  EXPECT_THAT(two.problems(), IsEmpty());
  EXPECT_EQ(two.config().publish.expected,
            (std::vector<publish::Expected>{{"a", "https://a.example"}, {"b", "b.example"}}));
  EXPECT_THAT(settled(with({{"SSH_FORWARDS", "a=-R a:80:h:1; b=-R b:80:h:1"},
                            {"SSH_PUBLISH_EXPECT", "https://a.example"}}))
                  .problems(),
              ElementsAre(HasSubstr("SSH_PUBLISH_EXPECT: says for none of the 2 -R which address is its")));
  EXPECT_THAT(settled(with({{"SSH_PUBLISH_EXPECT", "web=https://a.example"}})).problems(),
              ElementsAre(HasSubstr("SSH_PUBLISH_EXPECT names \"web\", which is no -R")));
  for (const auto* wrong : {",", "https://a.example?x", "two words"})
    EXPECT_THAT(settled(with({{"SSH_PUBLISH_EXPECT", wrong}})).problems(),
                ElementsAre(HasSubstr("is not a public address")))
        << wrong;
}

TEST(Publish, looks_at_an_expression_before_it_is_used) {
  EXPECT_THAT(settled(with({{"SSH_PUBLISH_URL_REGEX", "url: (\\S+)"}})).problems(), IsEmpty());
  EXPECT_THAT(settled(with({{"SSH_PUBLISH_URL_REGEX", "url: (\\S+"}})).problems(),
              ElementsAre(HasSubstr("SSH_PUBLISH_URL_REGEX: \"url: (\\S+\" is not a regular expression")));
  EXPECT_THAT(settled(with({{"SSH_PUBLISH_URL_REGEX", "https.*"}})).problems(),
              ElementsAre(HasSubstr("has no group")));
}

TEST(Publish, says_what_has_no_effect_and_what_cannot_be) {
  EXPECT_THAT(settled({{"SSH_REMOTE_HOST", "h"}, {"SSH_PUBLISH_OPTIONS", "x"}}).warnings(),
              ElementsAre("SSH_PUBLISH_OPTIONS has no effect without SSH_PUBLISH"));
  EXPECT_THAT(
      settled(with({{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "1"}, {"SSH_BIND_IP", "0.0.0.0"}})).warnings(),
      testing::Contains("SSH_PUBLISH has no effect: there is no -R"));
  EXPECT_THAT(settled(with({{"SSH_FORWARDS", "s=-R /run/s.sock:h:1"}})).problems(),
              ElementsAre(HasSubstr("SSH_PUBLISH is set, and s listens on a unix socket")));
  EXPECT_THAT(settled(with({{"TOWLINE_URL_FILE", "/x"}, {"TOWLINE_PORT_FILE", "/x"}})).problems(),
              ElementsAre(HasSubstr("TOWLINE_URL_FILE is the file of TOWLINE_PORT_FILE too")));
  EXPECT_THAT(settled(with({{"SSH_PUBLISH", "generic"}, {"SSH_PUBLISH_EXPECT", "web.example"}})).problems(),
              ElementsAre(HasSubstr("SSH_PUBLISH_EXPECT: cannot be compared with anything")));
  EXPECT_THAT(settled(with({{"TOWLINE_URL_FILE", "github"}})).warnings(),
              ElementsAre(HasSubstr("nothing is written")));
  EXPECT_THAT(settled(with({{"SSH_PUBLISH_OPTIONS", "a\nb"}})).problems(),
              ElementsAre(HasSubstr("has a line break")));
}

}  // namespace
}  // namespace towline::config
