// The words of a client's `exec`: how what it offers is to be served. Pure.
#pragma once

#include "forward/spec.hpp"
#include "ssh/auth/server/address_patterns.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::expose {

struct Words {
  bool force_https = false;
  bool http2 = false;
  bool sni_proxy = false;  // names are served by the client's own TLS
  bool tcp_alias = false;  // ports 80 and 443 are aliases like others
  bool json = false;       // of the session's lines
  std::string host{};      // the Host that the client's server sees
  std::optional<ssh::AddressPatterns> allow{};
  std::optional<ssh::AddressPatterns> block{};
  std::vector<std::string> fingerprints{};  // of clients that may reach aliases; empty: all
  std::optional<std::size_t> pool{};
  forward::ProxyProtocol proxy_protocol = forward::ProxyProtocol::none;

  bool operator==(const Words&) const = default;
};

struct WordsRead {
  Words words{};
  std::string problem{};  // a sentence for the client; empty: none
};

// "force-https host=app.local --output json", in any order, each at most once.
WordsRead parse_words(std::string_view command);

// Whether somebody at this address may visit what is offered with these words.
bool admits(const Words& words, const ssh::ClientAddress& visitor);

}  // namespace towline::expose
