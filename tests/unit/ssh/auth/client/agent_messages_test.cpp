#include "ssh/auth/client/agent_messages.hpp"

#include "ssh/wire/writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets plain(text::SecretBytes bytes) { return {bytes.begin(), bytes.end()}; }

Octets key_blob(const std::string& type) {
  MessageWriter writer;
  return plain(writer.string(type).string("rest").take());
}

Octets identities(const std::vector<std::pair<Octets, std::string>>& keys, std::uint32_t count) {
  MessageWriter writer;
  writer.u8(12).u32(count);
  for (const auto& [blob, comment] : keys) writer.bytes(blob).string(comment);
  return plain(writer.take());
}

Octets signature_answer(const std::string& algorithm) {
  MessageWriter inner;
  inner.string(algorithm).string("signature");
  MessageWriter writer;
  return plain(writer.u8(14).bytes(inner.take()).take());
}

TEST(AgentMessages, a_list_of_keys_is_read_with_types_and_comments) {
  const auto list =
      parse_identities(identities({{key_blob("ssh-ed25519"), "me@here"}, {key_blob("ssh-rsa"), "a\nb"}}, 2));
  EXPECT_EQ(list.answer, AgentAnswer::done);
  ASSERT_EQ(list.keys.size(), 2U);
  EXPECT_EQ(list.keys[0].type, "ssh-ed25519");
  EXPECT_EQ(list.keys[0].comment, "me@here");
  EXPECT_EQ(list.keys[0].blob, key_blob("ssh-ed25519"));
  EXPECT_EQ(list.keys[1].comment, "a?b") << "it goes into a log line";
}

TEST(AgentMessages, an_empty_list_is_an_answer) {
  EXPECT_EQ(parse_identities(identities({}, 0)).answer, AgentAnswer::done);
}

TEST(AgentMessages, a_list_longer_than_any_server_would_hear_is_cut) {
  std::vector<std::pair<Octets, std::string>> keys(1000, {key_blob("ssh-ed25519"), "x"});
  const auto list = parse_identities(identities(keys, 1000));
  EXPECT_EQ(list.answer, AgentAnswer::done);
  EXPECT_EQ(list.keys.size(), 64U);
}

TEST(AgentMessages, a_blob_that_is_no_key_is_left_out) {
  const auto list = parse_identities(identities({{Octets{1}, "bad"}, {key_blob("ssh-ed25519"), "good"}}, 2));
  EXPECT_EQ(list.answer, AgentAnswer::done);
  ASSERT_EQ(list.keys.size(), 1U);
  EXPECT_EQ(list.keys[0].comment, "good");
}

TEST(AgentMessages, a_count_that_does_not_match_is_malformed) {
  const std::vector<std::pair<Octets, std::string>> one{{key_blob("ssh-ed25519"), "x"}};
  for (const std::uint32_t count : {0U, 2U, 0xFFFFFFFFU})
    EXPECT_EQ(parse_identities(identities(one, count)).answer, AgentAnswer::malformed) << count;
}

TEST(AgentMessages, cut_off_anywhere_are_malformed) {
  const auto list = identities({{key_blob("ssh-ed25519"), "me@here"}}, 1);
  for (std::size_t size = 0; size < list.size(); ++size)
    EXPECT_EQ(parse_identities(Bytes(list).first(size)).answer, AgentAnswer::malformed) << size;
  const auto answer = signature_answer("rsa-sha2-512");
  for (std::size_t size = 0; size < answer.size(); ++size)
    EXPECT_EQ(parse_signature(Bytes(answer).first(size), "rsa-sha2-512").answer, AgentAnswer::malformed)
        << size;
}

TEST(AgentMessages, a_refusal_is_no_malformed_answer) {
  EXPECT_EQ(parse_identities(Octets{5}).answer, AgentAnswer::refused);
  EXPECT_EQ(parse_signature(Octets{5}, "ssh-ed25519").answer, AgentAnswer::refused);
}

TEST(AgentMessages, only_the_signature_asked_for_is_taken) {
  EXPECT_EQ(parse_signature(signature_answer("rsa-sha2-512"), "rsa-sha2-512").answer, AgentAnswer::done);
  EXPECT_FALSE(parse_signature(signature_answer("rsa-sha2-512"), "rsa-sha2-512").signature.empty());
  EXPECT_EQ(parse_signature(signature_answer("ssh-rsa"), "rsa-sha2-512").answer, AgentAnswer::malformed)
      << "SHA-1";
}

TEST(AgentMessages, flags_ask_for_sha2) {
  const std::pair<const char*, std::uint8_t> rows[] = {
      {"rsa-sha2-256", 2}, {"rsa-sha2-512", 4}, {"ssh-ed25519", 0}, {"ecdsa-sha2-nistp256", 0}};
  for (const auto& [algorithm, flags] : rows) {
    const auto request = sign_request(Octets{1, 2}, Octets{3}, algorithm);
    EXPECT_EQ(plain(request), (Octets{13, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 3, 0, 0, 0, flags})) << algorithm;
  }
  EXPECT_EQ(plain(identities_request()), Octets{11});
}

}  // namespace
}  // namespace towline::ssh
