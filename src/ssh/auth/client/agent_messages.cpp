#include "ssh/auth/client/agent_messages.hpp"

#include "ssh/auth/authentication_messages.hpp"
#include "ssh/wire/writer.hpp"

namespace towline::ssh {

namespace {

// draft-miller-ssh-agent, 5.1 and 5.3.
constexpr std::uint8_t agent_failure = 5;
constexpr std::uint8_t request_identities = 11;
constexpr std::uint8_t identities_answer = 12;
constexpr std::uint8_t request_signature = 13;
constexpr std::uint8_t sign_response = 14;
constexpr std::uint32_t flag_sha2_256 = 2;
constexpr std::uint32_t flag_sha2_512 = 4;

constexpr std::size_t keys_max = 64;

std::uint32_t flags_of(std::string_view algorithm) {
  if (algorithm == "rsa-sha2-256") return flag_sha2_256;
  if (algorithm == "rsa-sha2-512") return flag_sha2_512;
  return 0;
}

}  // namespace

text::SecretBytes identities_request() { return text::SecretBytes{request_identities}; }

text::SecretBytes sign_request(Bytes key, Bytes data, std::string_view algorithm) {
  MessageWriter writer;
  writer.u8(request_signature).bytes(key).bytes(data).u32(flags_of(algorithm));
  return writer.take();
}

AgentKeys parse_identities(Bytes message) {
  Reader reader(message);
  const auto type = reader.u8();
  if (type == agent_failure) return {AgentAnswer::refused, {}};
  const auto count = reader.u32();
  AgentKeys result;
  // Each takes eight octets at least: a count that the message cannot hold ends at its end.
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    const auto blob = reader.bytes();
    const auto comment = reader.string();
    if (!reader.ok() || result.keys.size() == keys_max) continue;
    Reader key(blob);
    result.keys.push_back({printable(key.string()), {blob.begin(), blob.end()}, printable(comment)});
    if (!key.ok()) result.keys.pop_back();  // no key; the others may be
  }
  if (type != identities_answer || !reader.complete()) return {};
  result.answer = AgentAnswer::done;
  return result;
}

AgentSignature parse_signature(Bytes message, std::string_view algorithm) {
  Reader reader(message);
  const auto type = reader.u8();
  if (type == agent_failure) return {AgentAnswer::refused, {}};
  const auto signature = reader.bytes();
  if (type != sign_response || !reader.complete()) return {};
  Reader inside(signature);
  if (inside.string() != algorithm || !inside.ok()) return {};
  return {AgentAnswer::done, {signature.begin(), signature.end()}};
}

}  // namespace towline::ssh
