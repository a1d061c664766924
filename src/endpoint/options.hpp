// An endpoint, where towline is the SSH server, as the environment describes it.
#pragma once

#include "net/host_port.hpp"
#include "ssh/keys/text_source.hpp"
#include "ssh/server/options.hpp"

#include <string>
#include <vector>

namespace towline::endpoint {

// A URL that is asked by POST.
struct AskedUrl {
  bool tls = false;
  net::HostPort where{};
  std::string target{};            // "/login?of=towline"
  ssh::TextSource token{};         // sent as "Authorization: Bearer"; neither: nothing is sent
  std::string authorities_file{};  // certificates in PEM, one of which vouches for that of the service
};

// An address, or the path of a unix socket.
struct ListenPlace {
  net::HostPort address{};
  std::string path{};

  bool operator==(const ListenPlace&) const = default;
};

struct Options {
  std::vector<ListenPlace> listen{};  // where it is no forward that says so
  ssh::EndpointOptions ssh{};
  // One of a kind (Ed25519, ECDSA, RSA); none: one is made.
  std::vector<ssh::TextSource> host_keys{};
  std::vector<ssh::TextSource> host_certificates{};  // each of one of them, or of the one that is made
  AskedUrl login_url{};                              // asked where ssh.login.service
  std::string kept_host_key{};  // where the one that is made is kept; empty: it is another at every start
};

}  // namespace towline::endpoint
