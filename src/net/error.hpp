// The network layer's own reasons of failure. What the system says (refused, in use, …) keeps its own code,
// and cancellation is asio::error::operation_aborted as everywhere.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace towline::net {

enum class errc {
  name_not_found = 1,  // no such name: not in /etc/hosts, and the name server denies it
  no_address,          // the name exists and has no IPv4 or IPv6 address
  name_server_failed,  // the name server refused, failed, spoke nonsense or could not be reached
  resolve_timed_out,   // no answer to the name before the deadline
  connect_timed_out,   // no address answered before the deadline
  stale_socket,        // a unix socket is left at the path, and nobody listens on it
  not_a_socket,        // something else than a socket is at the path
};

const boost::system::error_category& net_category() noexcept;

inline boost::system::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), net_category()};
}

// Whether a descriptor, memory or a buffer could not be had, here and not at the other end: EMFILE, ENFILE,
// ENOBUFS, ENOMEM, from whichever call. Pure.
bool is_resource_shortage(const boost::system::error_code& code);

// What to do about any of them; the code's own sentence says which it is.
inline constexpr const char* resource_shortage_hint =
    "raise what ran out here: open files (ulimit -n, LimitNOFILE of systemd, --ulimit nofile of docker; of "
    "the machine fs.file-max), or memory";

}  // namespace towline::net

template <>
struct boost::system::is_error_code_enum<towline::net::errc> : std::true_type {};
