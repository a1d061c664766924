// What a -R of a client asks for: a host name, a port, an alias. Pure.
#pragma once

#include "expose/names/options.hpp"
#include "expose/names/words.hpp"
#include "net/host_port.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace towline::expose {

enum class Kind {
  http,       // a host, by its name in the request
  sni,        // a host with TLS of its own, by its name in the handshake
  tcp,        // a port of ours
  ssh_alias,  // port 22 of a name, for -J
  alias       // another port of a name, for -L
};

// "ssh_alias": one of a closed set, for metrics and logs.
std::string_view label_of(Kind kind);

// Where something is offered. Several clients may offer at one place.
struct Place {
  Kind kind = Kind::tcp;
  std::string name{};      // http and sni: the whole host; tcp: none
  std::uint16_t port = 0;  // http and sni: none; tcp: 0 is any that is free

  auto operator<=>(const Place&) const = default;
};

// Why something cannot be offered.
enum class NotHad {
  no_domain,
  kind_not_allowed,
  not_permitted,
  name_invalid,
  outside_domain,
  names_are_given,
  no_account,
  no_proof,
  port_too_low,
  port_out_of_range,
  port_missing,
  port_in_use,
  name_taken,
  twice,
  quota,
  unix_socket
};

// "name_taken": one of a closed set.
std::string_view label_of(NotHad why);
// "the name is taken by another client": a sentence for the client, without what it has asked for.
std::string_view sentence_of(NotHad why);

// A client as names and quotas know it.
struct Account {
  std::string fingerprint{};  // of its key; empty: it has logged in without one
  std::string user{};

  // What its quota, its rate and its stable name hang on.
  const std::string& id() const { return fingerprint.empty() ? user : fingerprint; }
  bool operator==(const Account&) const = default;
};

// `asked`: the address and port of a tcpip-forward, as sent. `chance`: for a random name.
std::variant<Place, NotHad> place_for(const net::HostPort& asked, const Words& words, const Account& account,
                                      std::uint64_t chance, const NameOptions& options);

// "_towline.web.example.com", whose TXT record has to hold the fingerprint; empty: it need not.
std::string proof_of(const Place& place, const NameOptions& options);

// The address that stands for any of ours, as sshd(8) takes it: "", "*", "localhost", "0.0.0.0" …
bool is_any_address(std::string_view host, const NameOptions& options);

// The same for the same account: 16 letters and digits out of its fingerprint, or its user name where that
// can be a name; else empty.
std::string stable_name(const Account& account);

}  // namespace towline::expose
