// What there is to show to a server: keys, certificate and password, read from where the configuration says.
#pragma once

#include "async/result.hpp"
#include "ssh/auth/client/agent_messages.hpp"
#include "ssh/auth/options.hpp"
#include "ssh/keys/certificate.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/keys/signing_key.hpp"
#include "text/secret.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

// One public key, or one certificate, that we can sign for.
struct Identity {
  std::string type;                       // the key's or the certificate's
  std::vector<std::uint8_t> blob;         // what the server is shown
  std::string fingerprint;                // of the key
  std::string origin;                     // for people: a path, "the agent (comment)"
  std::shared_ptr<const SigningKey> key;  // nullptr: the agent signs
  std::vector<std::uint8_t> agent_key;    // what the agent knows the key by
  bool certificate = false;
  std::optional<Certificate::Time> expiry;  // of a certificate that is not for ever
};

// "key SHA256:… (/id_rsa)", "certificate SHA256:… (/id_rsa)"
std::string to_string(const Identity& identity);

struct LoadedCredentials {
  std::vector<Identity> identities;               // certificate, keys, the agent's, in this order
  std::vector<std::vector<std::uint8_t>> listed;  // the public halves of Credentials::keys
  std::optional<Certificate> without_key;         // its key may still be with the agent
  text::Secret password;
  std::vector<Failure> problems;  // what could not be used, and why
};

// Reads the files now. What cannot be read is a problem, and the rest is used. Never waits for somebody; an
// encrypted key takes the time its maker wanted.
LoadedCredentials read_credentials(const Credentials& credentials, Certificate::Time now);

// The agent's keys behind the others, without what is there already; with `identities_only` only those that
// the configuration lists.
void add_agent_keys(LoadedCredentials& loaded, std::vector<AgentKey> keys, bool identities_only);

// The certificate has no key, and there is no agent left to ask.
void give_up_certificate(LoadedCredentials& loaded);

}  // namespace towline::ssh
