// An endpoint, where towline is the SSH server, as the environment describes it.
#pragma once

#include "ssh/keys/text_source.hpp"
#include "ssh/server/options.hpp"

#include <string>
#include <vector>

namespace towline::endpoint {

struct Options {
  ssh::EndpointOptions ssh{};
  // One of a kind (Ed25519, ECDSA, RSA); none: one is made.
  std::vector<ssh::TextSource> host_keys{};
  std::string kept_host_key{};  // where the one that is made is kept; empty: it is another at every start
};

}  // namespace towline::endpoint
