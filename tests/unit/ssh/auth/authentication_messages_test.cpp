#include "ssh/auth/authentication_messages.hpp"

#include "ssh/wire/writer.hpp"
#include "unit/ssh/wire/wire_string.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using Octets = std::vector<std::uint8_t>;

std::string message_text(const text::SecretBytes& bytes) { return {bytes.begin(), bytes.end()}; }

Octets failure_message(const std::string& methods, bool partial) {
  MessageWriter writer;
  const auto bytes = writer.u8(51).string(methods).boolean(partial).take();
  return {bytes.begin(), bytes.end()};
}

Octets questions(const std::vector<Prompt>& prompts, std::uint32_t count) {
  MessageWriter writer;
  writer.u8(60).string("name").string("instruction").string("").u32(count);
  for (const auto& prompt : prompts) writer.string(prompt.text).boolean(prompt.echo);
  const auto bytes = writer.take();
  return {bytes.begin(), bytes.end()};
}

const std::string request_head = "\x32" + wire_string("me") + wire_string("ssh-connection");

TEST(AuthenticationMessages, have_the_forms_of_rfc_4252) {
  const Octets key{7, 8};
  const Octets id{1};
  EXPECT_EQ(message_text(none_request("me")), request_head + wire_string("none"));
  EXPECT_EQ(message_text(password_request("me", "pw")),
            request_head + wire_string("password") + '\0' + wire_string("pw"));
  EXPECT_EQ(message_text(public_key_probe("me", "alg", key)),
            request_head + wire_string("publickey") + '\0' + wire_string("alg") + wire_string("\7\x8"));
  EXPECT_EQ(message_text(public_key_request("me", "alg", key, id)),
            request_head + wire_string("publickey") + '\1' + wire_string("alg") + wire_string("\7\x8") +
                wire_string("\1"));
  EXPECT_EQ(message_text(public_key_to_sign(id, "me", "alg", key)),
            wire_string("\1") + request_head + wire_string("publickey") + '\1' + wire_string("alg") +
                wire_string("\7\x8"));
}

TEST(AuthenticationMessages, have_the_forms_of_rfc_4256) {
  EXPECT_EQ(message_text(keyboard_interactive_request("me")),
            request_head + wire_string("keyboard-interactive") + wire_string("") + wire_string(""));
  EXPECT_EQ(message_text(info_response({})), std::string("\x3d\0\0\0\0", 5));
  const std::vector<std::string_view> answers{"pw"};
  EXPECT_EQ(message_text(info_response(answers)), std::string("\x3d\0\0\0\1", 5) + wire_string("pw"));
}

TEST(AuthenticationMessages, a_failure_names_what_is_left) {
  const auto left = parse_failure(failure_message("publickey,password", true));
  ASSERT_TRUE(left);
  EXPECT_THAT(left->methods, ElementsAre("publickey", "password"));
  EXPECT_TRUE(left->partial_success);
  EXPECT_FALSE(parse_failure(failure_message("x", false))->partial_success);
  EXPECT_TRUE(parse_failure(failure_message("", false))->methods.empty());
  EXPECT_THAT(parse_failure(failure_message(",a,,b\n,", false))->methods, ElementsAre("a", "b?"));
}

TEST(AuthenticationMessages, questions_are_read_with_their_echo_and_what_is_said_before_them) {
  const auto asked = parse_info_request(questions({{"Password: ", false}, {"Name?", true}}, 2));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->name, "name");
  EXPECT_EQ(asked->instruction, "instruction");
  ASSERT_EQ(asked->prompts.size(), 2U);
  EXPECT_EQ(asked->prompts[0].text, "Password:");
  EXPECT_FALSE(asked->prompts[0].echo);
  EXPECT_TRUE(asked->prompts[1].echo);
  EXPECT_TRUE(parse_info_request(questions({}, 0))->prompts.empty());
}

TEST(AuthenticationMessages, questions_are_shown_whole) {
  const auto long_question =
      "Enter a passcode or select one of the following options: " + std::string(150, 'x') + ":";
  EXPECT_EQ(parse_info_request(questions({{long_question, false}}, 1))->prompts[0].text, long_question);
  EXPECT_EQ(parse_info_request(questions({{"\x1b[1mÜber\r\n", false}}, 1))->prompts[0].text, "Über");
}

TEST(AuthenticationMessages, a_banner_is_its_text) {
  Octets banner{53, 0, 0, 0, 2, 'h', 'i', 0, 0, 0, 0};
  EXPECT_EQ(parse_banner(banner), "hi");
  EXPECT_EQ(parse_banner(Bytes(banner).first(6)), "") << "cut off";
  banner[0] = 51;
  EXPECT_EQ(parse_banner(banner), "");
}

TEST(AuthenticationMessages, a_wish_for_another_password_has_a_reason) {
  const Octets change{60, 0, 0, 0, 3, 'o', 'l', 'd', 0, 0, 0, 0};
  EXPECT_EQ(parse_password_change(change), "old");
  EXPECT_EQ(parse_password_change(Bytes(change).first(1)), "") << "it is one all the same";
  EXPECT_EQ(parse_password_change(failure_message("password", false)), std::nullopt);
  EXPECT_EQ(parse_password_change({}), std::nullopt);
}

TEST(AuthenticationMessages, more_questions_than_the_message_holds_are_none) {
  for (const std::uint32_t count : {2U, 64U, 65U, 0xFFFFFFFFU})
    EXPECT_FALSE(parse_info_request(questions({{"Password: ", false}}, count))) << count;
}

TEST(AuthenticationMessages, cut_off_anywhere_are_none) {
  const auto refusal = failure_message("publickey", false);
  for (std::size_t size = 0; size < refusal.size(); ++size)
    EXPECT_FALSE(parse_failure(Bytes(refusal).first(size))) << size;
  const auto asked = questions({{"Password: ", false}}, 1);
  for (std::size_t size = 0; size < asked.size(); ++size)
    EXPECT_FALSE(parse_info_request(Bytes(asked).first(size))) << size;
  const Octets ok{60, 0, 0, 0, 1, 'a', 0, 0, 0, 1, 'k'};
  for (std::size_t size = 0; size < ok.size(); ++size)
    EXPECT_FALSE(parse_public_key_ok(Bytes(ok).first(size))) << size;
  EXPECT_EQ(parse_public_key_ok(ok)->algorithm, "a");
}

TEST(AuthenticationMessages, of_another_number_are_none) {
  EXPECT_FALSE(parse_failure(questions({}, 0)));
  EXPECT_FALSE(parse_info_request(failure_message("", false)));
  EXPECT_FALSE(parse_public_key_ok(failure_message("", false)));
}

// --- the server's half ---

Octets octets_of(const text::SecretBytes& bytes) { return {bytes.begin(), bytes.end()}; }

TEST(UserRequest, is_what_the_client_wrote) {
  const Octets key{7, 8};
  const Octets signature{1};
  const auto none = none_request("me");
  auto request = parse_user_request(none).value();
  EXPECT_EQ(request.user, "me");
  EXPECT_EQ(request.service, "ssh-connection");
  EXPECT_EQ(request.method, RequestedMethod::none);
  const auto probe = public_key_probe("me", "alg", key);
  request = parse_user_request(probe).value();
  EXPECT_EQ(request.method, RequestedMethod::publickey);
  EXPECT_EQ(request.algorithm, "alg");
  EXPECT_THAT(request.key, ElementsAre(7, 8));
  EXPECT_FALSE(request.with_signature || request.host_bound);
  const auto proof = public_key_request("me", "alg", key, signature);
  request = parse_user_request(proof).value();
  EXPECT_TRUE(request.with_signature);
  EXPECT_THAT(request.signature, ElementsAre(1));
  EXPECT_EQ(signed_data(key, request), public_key_to_sign(key, "me", "alg", key))
      << "both sides sign the same";
  const auto password = password_request("me", "pw");
  request = parse_user_request(password).value();
  EXPECT_EQ(request.method, RequestedMethod::password);
  EXPECT_EQ(request.password, "pw");
  EXPECT_FALSE(request.password_change);
  const auto interactive = keyboard_interactive_request("me");
  EXPECT_EQ(parse_user_request(interactive)->method, RequestedMethod::keyboard_interactive);
}

TEST(UserRequest, may_be_bound_to_a_host_key) {
  MessageWriter writer;
  writer.u8(50).string("me").string("ssh-connection").string("publickey-hostbound-v00@openssh.com");
  const auto front = writer.boolean(true).string("alg").string("key").string("host").take();
  MessageWriter whole;
  const auto message = whole.raw(front).string("signature").take();
  const auto request = parse_user_request(message).value();
  EXPECT_EQ(request.method, RequestedMethod::publickey);
  EXPECT_TRUE(request.host_bound);
  EXPECT_THAT(request.host_key, ElementsAre('h', 'o', 's', 't'));
  EXPECT_THAT(request.signed_part, testing::ElementsAreArray(front));
  EXPECT_FALSE(parse_user_request(Bytes(message).first(front.size()))) << "where is the signature?";
}

TEST(UserRequest, damaged_anywhere_is_none) {
  const Octets key{7, 8};
  const Octets messages[] = {octets_of(none_request("me")), octets_of(public_key_probe("me", "alg", key)),
                             octets_of(public_key_request("me", "alg", key, key)),
                             octets_of(password_request("me", "pw")),
                             octets_of(keyboard_interactive_request("me"))};
  for (auto message : messages) {
    for (std::size_t size = 0; size < message.size(); ++size)
      EXPECT_FALSE(parse_user_request(Bytes(message).first(size))) << size;
    message.push_back(0);
    EXPECT_FALSE(parse_user_request(message)) << "something behind it";
  }
}

TEST(UserRequest, of_an_unknown_method_has_anything_behind_it) {
  MessageWriter writer;
  const auto message = writer.u8(50).string("me").string("s").string("hostbased").string("?").take();
  EXPECT_EQ(parse_user_request(message)->method, RequestedMethod::unknown);
  EXPECT_EQ(parse_user_request(message)->method_name, "hostbased");
}

TEST(UserRequest, has_names_of_a_bounded_length) {
  EXPECT_TRUE(parse_user_request(none_request(std::string(255, 'x'))));
  EXPECT_FALSE(parse_user_request(none_request(std::string(256, 'x'))));
  EXPECT_FALSE(parse_user_request(none_request(std::string_view("a\0b", 3))));
  EXPECT_FALSE(parse_user_request(public_key_probe("me", std::string(256, 'x'), {})));
}

TEST(InfoResponse, is_read_back) {
  const std::vector<std::string_view> answers{"a", ""};
  const auto message = info_response(answers);
  EXPECT_EQ(parse_info_response(message), answers);
  EXPECT_TRUE(parse_info_response(info_response({}))->empty());
  for (std::size_t size = 0; size < message.size(); ++size)
    EXPECT_FALSE(parse_info_response(Bytes(message).first(size))) << size;
  const Octets many{61, 0, 0, 0, 65};
  EXPECT_FALSE(parse_info_response(many));
  const Octets behind{61, 0, 0, 0, 0, 0};
  EXPECT_FALSE(parse_info_response(behind));
}

TEST(ServerMessages, are_read_by_the_client) {
  const auto left = parse_failure(failure_answer({{"publickey", "password"}, true})).value();
  EXPECT_THAT(left.methods, ElementsAre("publickey", "password"));
  EXPECT_TRUE(left.partial_success);
  EXPECT_EQ(message_text(failure_answer({})), std::string("\x33\0\0\0\0\0", 6));
  EXPECT_EQ(message_text(success_answer()), "\x34");
  EXPECT_EQ(message_text(banner_message("hi")), "\x35" + wire_string("hi") + wire_string(""));
  const Octets key{7};
  EXPECT_THAT(parse_public_key_ok(public_key_ok_answer("alg", key))->key, ElementsAre(7));
  const auto asked =
      parse_info_request(info_request_answer({"n", "i", {{"P:", false}, {"Q", true}}})).value();
  EXPECT_EQ(asked.name, "n");
  ASSERT_EQ(asked.prompts.size(), 2U);
  EXPECT_FALSE(asked.prompts[0].echo);
  EXPECT_TRUE(asked.prompts[1].echo);
}

TEST(Printable, text_of_a_server_fits_into_a_log_line) {
  EXPECT_EQ(printable("Password: "), "Password:");
  EXPECT_EQ(printable("a\r\n\x1b[31mb\xff"), "a???[31mb?");
  EXPECT_EQ(printable(std::string(1000, 'x')).size(), 80U);
  EXPECT_EQ(printable("   "), "");
}

}  // namespace
}  // namespace towline::ssh
