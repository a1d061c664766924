// SOCKS 4, 4a and 5, the server's side (RFC 1928; SOCKS: A protocol for TCP proxy across firewalls): bytes
// in, a request and the bytes to answer with out. Pure.
#pragma once

#include "net/host_port.hpp"
#include "observe/reasons.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace towline::forward::socks {

// Why there is no request that can be carried out.
enum class errc {
  not_socks = 1,          // the first byte is no version that we know
  no_acceptable_method,   // SOCKS 5: the client insists on authentication
  command_not_supported,  // BIND, UDP ASSOCIATE
  address_type_not_supported,
  bad_request,  // a name that cannot be one
  incomplete,   // the client ended before its request did
  timed_out,    // or took too long over it
};

const boost::system::error_category& category() noexcept;

inline boost::system::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), category()};
}

// What to tell whoever runs the client.
const char* hint(const boost::system::error_code& code);

enum class Version : std::uint8_t { v4 = 4, v5 = 5 };

// CONNECT. The host is an address, or a name for the SSH server to resolve; at most 255 bytes.
struct Request {
  Version version = Version::v5;
  net::HostPort target;

  bool operator==(const Request&) const = default;
};

// What a client has said, from its first byte on.
struct Heard {
  // At most one of these; neither: more has to come.
  std::optional<Request> request{};
  std::optional<errc> refusal{};
  std::size_t taken = 0;  // of its bytes; what follows is the connection's
  // To all of it, but for the reply to a request that is carried out: the method that was chosen, the
  // refusal.
  std::string answer{};

  bool over() const { return request || refusal; }
  bool operator==(const Heard&) const = default;
};

// Of a negotiation that is not over all is taken, and its answer is the beginning of the later ones.
Heard parse(std::string_view said);

// The reply to a request that is carried out. The address in it is all zeros, as OpenSSH's: where the server
// connects from is not told to us.
std::string granted(Version version);

// The reply to one whose channel could not be opened.
std::string failed(Version version, observe::ConnectionFailure why);

}  // namespace towline::forward::socks

template <>
struct boost::system::is_error_code_enum<towline::forward::socks::errc> : std::true_type {};
