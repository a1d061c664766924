// The messages of an SSH agent (draft-miller-ssh-agent): built and read. Pure.
#pragma once

#include "ssh/wire/message.hpp"
#include "text/secret_bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// OpenSSH's AGENT_MAX_LEN (ssh-agent.c): longer messages are nobody's.
constexpr std::uint32_t agent_message_max = 256 * 1024;

struct AgentKey {
  std::string type;  // "ssh-rsa", "ssh-ed25519-cert-v01@openssh.com"
  std::vector<std::uint8_t> blob;
  std::string comment;  // printable
};

enum class AgentAnswer { done, refused, malformed };

// Requests without the length in front.
text::SecretBytes identities_request();
// `algorithm` decides the flags: rsa-sha2-256 and -512 are asked for by them, also for certificates.
text::SecretBytes sign_request(Bytes key, Bytes data, std::string_view algorithm);

struct AgentKeys {
  AgentAnswer answer = AgentAnswer::malformed;
  std::vector<AgentKey> keys;  // at most 64: no server listens to more
};
AgentKeys parse_identities(Bytes message);

struct AgentSignature {
  AgentAnswer answer = AgentAnswer::malformed;
  std::vector<std::uint8_t> signature;
};
// A signature under another name than `algorithm` (an agent that knows SHA-1 only) is malformed.
AgentSignature parse_signature(Bytes message, std::string_view algorithm);

}  // namespace towline::ssh
