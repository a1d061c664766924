// What the two sides of a key exchange offer each other (RFC 4253, 7.1), and why that can come to nothing.
// Pure.
#pragma once

#include "async/result.hpp"
#include "ssh/transport/algorithms.hpp"
#include "ssh/wire/message.hpp"

#include <optional>
#include <string>

namespace towline::ssh {

// SSH_MSG_KEXINIT; comma lists, best first, as they came.
struct KexInit {
  std::string key_exchange;
  std::string host_key;
  std::string cipher_to_server;
  std::string cipher_to_client;
  std::string mac_to_server;
  std::string mac_to_client;
  std::string compression_to_server;
  std::string compression_to_client;
};

// `message` begins with its number. Nothing for another message and for a damaged one.
std::optional<KexInit> parse_kexinit(Bytes message);

// Whose order decides (RFC 4253, 7.1): the client's.
enum class Chooser { we, they };

// The first list without a common name: no_common_key_exchange, …_host_key, …_cipher, …_mac or …_compression.
// The detail has both offers, `offered` the peer's. Nothing: the algorithms are not to blame.
std::optional<Failure> no_common_algorithm(const Algorithms& ours, const KexInit& theirs,
                                           Chooser chooser = Chooser::we);

// The names of both lists, in the order of the first.
std::string common_algorithms(std::string_view ours, std::string_view theirs);

}  // namespace towline::ssh
