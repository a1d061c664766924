// SOCKS 4, 4a and 5, the server's side (RFC 1928; SOCKS: A protocol for TCP proxy across firewalls): bytes
// in, a request and the bytes to answer with out. Pure and incremental; no socket, no clock.
#pragma once

#include "net/host_port.hpp"
#include "observe/reasons.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
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

// Reads one client's negotiation. Takes no byte beyond the request: what follows is the connection's.
class Decoder {
 public:
  // Returns how many of `bytes` were taken: all of them, until the request is complete or refused.
  std::size_t feed(std::span<const std::uint8_t> bytes);

  // What is to be sent now, each answer once: the method that was chosen, or the refusal.
  std::string take_answer();

  // At most one of these has a value, and only when the negotiation is over.
  const std::optional<Request>& request() const { return request_; }
  const std::optional<errc>& refusal() const { return refusal_; }
  bool done() const { return request_ || refusal_; }

 private:
  enum class At {
    version,
    v4_header,  // command, port, address
    v4_user,    // up to a NUL, of no interest
    v4_name,    // SOCKS 4a: up to a NUL
    v5_method_count,
    v5_methods,
    v5_header,  // version, command, reserved, type of address
    v5_name_length,
    v5_address,  // and port
  };

  void on_byte(std::uint8_t byte);
  void on_v4_header();
  void on_v4_name();
  void on_v5_methods();
  void on_v5_header();
  void on_v5_address();
  void expect(At at, std::size_t bytes);
  void grant(Version version, std::string host, std::uint16_t port);
  void refuse(errc why);

  At at_ = At::version;
  std::size_t wanted_ = 1;  // bytes of this field, where its length is known
  std::string field_;       // what has come of it; never more than 255 + 2 bytes
  std::uint8_t command_ = 0;
  std::uint8_t address_type_ = 0;
  std::uint16_t v4_port_ = 0;
  std::string v4_address_;
  std::string answer_;
  std::optional<Request> request_;
  std::optional<errc> refusal_;
};

// The reply to a request that is carried out. The address in it is all zeros, as OpenSSH's: where the server
// connects from is not told to us.
std::string granted(Version version);

// The reply to one whose channel could not be opened.
std::string failed(Version version, observe::ConnectionFailure why);

}  // namespace towline::forward::socks

template <>
struct boost::system::is_error_code_enum<towline::forward::socks::errc> : std::true_type {};
