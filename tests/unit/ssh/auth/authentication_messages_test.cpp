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

TEST(Printable, text_of_a_server_fits_into_a_log_line) {
  EXPECT_EQ(printable("Password: "), "Password:");
  EXPECT_EQ(printable("a\r\n\x1b[31mb\xff"), "a???[31mb?");
  EXPECT_EQ(printable(std::string(1000, 'x')).size(), 80U);
  EXPECT_EQ(printable("   "), "");
}

}  // namespace
}  // namespace towline::ssh
