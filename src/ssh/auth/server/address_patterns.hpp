// The addresses a client may come from: `from=` of authorized_keys and `source-address` of certificates,
// judged as sshd(8) judges them without a name server (match_host_and_ip and addr_match_cidr_list of
// OpenSSH 9.2). Pure.
#pragma once

#include "net/network.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// Where a client comes from; nothing: over a unix socket.
using ClientAddress = std::optional<boost::asio::ip::address>;

// A comma list. Networks and patterns with "*" and "?" over the text of the address; "!" in front refuses,
// whatever the others say. Host names are never looked up: one that would permit permits nobody (see
// unused()), one that would refuse is an error, for it could not be kept.
class AddressPatterns {
 public:
  enum class Form {
    from,            // patterns and negation too
    source_address,  // networks only (PROTOCOL.certkeys)
  };
  // Says what is wrong with the list, or nothing.
  static std::string parse(std::string_view list, Form form, AddressPatterns& patterns);

  // Nobody matches without an address.
  bool permits(const ClientAddress& client) const;

  // The first name in it that no address can match; empty: there is none.
  const std::string& unused() const { return unused_; }

  bool operator==(const AddressPatterns&) const = default;

 private:
  struct Element {
    bool negated = false;
    std::optional<net::Network> network;  // nothing: the pattern
    std::string pattern;                  // in lower case

    bool operator==(const Element&) const = default;
  };

  static std::string parse_element(std::string_view text, Form form, Element& element);

  std::vector<Element> elements_;
  std::string unused_;
};

}  // namespace towline::ssh
