// What an agent answers, whoever listens at its socket.
#include "expect.hpp"
#include "ssh/auth/client/agent_messages.hpp"

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes message(data, size);
  const auto identities = ssh::parse_identities(message);
  require(identities.keys.size() <= 64);
  require(identities.answer == ssh::AgentAnswer::done || identities.keys.empty());
  for (const auto& key : identities.keys) {
    require_one_line(key.type);
    require_one_line(key.comment);
    require(key.blob.size() < size);
  }
  for (const auto* algorithm : {"ssh-ed25519", "rsa-sha2-512"}) {
    const auto signature = ssh::parse_signature(message, algorithm);
    require((signature.answer == ssh::AgentAnswer::done) == !signature.signature.empty());
  }
  return 0;
}
