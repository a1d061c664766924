#include "ssh/auth/server/http_question.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::HasSubstr;

TEST(ServiceQuestion, is_json_with_what_was_shown) {
  ServiceQuestion question{"me \"x\"\n", "10.0.0.1", "password"};
  question.password = text::Secret(std::string("p\"w\xC3\xBC"));
  EXPECT_EQ(service_request(question).reveal(),
            "{\"user\":\"me \\\"x\\\"\\n\",\"remote_address\":\"10.0.0.1\",\"method\":\"password\","
            "\"password\":\"p\\\"w\xC3\xBC\"}");
  ServiceQuestion key{"me", "::1", "publickey", {}, "SHA256:x", "ssh-ed25519 AAAA"};
  EXPECT_EQ(
      service_request(key).reveal(),
      R"({"user":"me","remote_address":"::1","method":"publickey","fingerprint":"SHA256:x","key":"ssh-ed25519 AAAA"})");
}

TEST(ServiceAnswer, two_hundred_and_something_is_yes) {
  for (const auto* body :
       {"", " \n", "{}", "ok", "true", R"({"anything":[1,2]})", R"({"permit":null,"name":null})"}) {
    const auto answer = parse_service_answer(204, body);
    EXPECT_EQ(answer.refusal, Refusal::none) << body;
    EXPECT_EQ(answer.grant, ServiceGrant{}) << body;
  }
  for (const int status : {0, 100, 199, 300, 302, 401, 403, 500})
    EXPECT_EQ(parse_service_answer(status, "{}").refusal, Refusal::service_refused) << status;
  EXPECT_EQ(parse_service_answer(200, std::nullopt).refusal, Refusal::service_failed);
}

TEST(ServiceAnswer, narrows_as_a_line_of_authorized_keys_does) {
  const auto answer = parse_service_answer(
      200,
      R"({"permit":["restrict","port-forwarding","permitlisten=\"app:80\""],"name":"app","route":"blue"})");
  ASSERT_EQ(answer.refusal, Refusal::none) << answer.detail;
  EXPECT_FALSE(answer.grant.options.permissions.pty);
  EXPECT_TRUE(permits_listen(answer.grant.options.permissions, "app", 80));
  EXPECT_FALSE(permits_listen(answer.grant.options.permissions, "other", 80));
  EXPECT_EQ(answer.grant.name, "app");
  EXPECT_EQ(answer.grant.route, "blue");
  EXPECT_FALSE(parse_service_answer(200, R"({"permit":"no-pty,restrict"})").grant.options.permissions.pty);
}

TEST(ServiceAnswer, that_cannot_be_understood_is_no_yes) {
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string("{\"permit\":1}"), std::string("{\"permit\":[1]}"),
        std::string("{\"permit\":\"whatever\"}"), std::string("{\"permit\":\"cert-authority\"}"),
        std::string("{\"permit\":\"restrict\"} x"), std::string("{\"name\":1}"),
        std::string("{\"route\":[]}"), std::string("{\"name\":\"a\\nb\"}"),
        "{\"name\":\"" + std::string(256, 'x') + "\"}", "{\"x\":\"" + std::string(70'000, 'x') + "\"}"}) {
    const auto answer = parse_service_answer(200, body);
    EXPECT_EQ(answer.refusal, Refusal::service_failed) << body.substr(0, 40);
    EXPECT_THAT(answer.detail, HasSubstr("its "));
  }
}

}  // namespace
}  // namespace towline::ssh
