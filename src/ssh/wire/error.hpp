// Every way an SSH session, a channel or a request can fail, each with its sentence.
#pragma once

#include "async/result.hpp"

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <string>
#include <string_view>

namespace towline::ssh {

enum class errc {
  // Bringing a session up.
  connect_timeout = 1,
  closed_at_once,
  banner_missing,
  no_common_key_exchange,
  no_common_host_key,
  no_common_cipher,
  no_common_mac,
  no_common_compression,
  key_exchange_failed,
  host_key_mismatch,
  host_key_unknown,
  host_key_revoked,
  host_certificate_invalid,
  key_file_unreadable,
  key_file_invalid,
  key_file_needs_passphrase,
  passphrase_wrong,
  certificate_invalid,
  certificate_expired,
  secret_file_unreadable,
  agent_unreachable,
  agent_failed,
  agent_empty,
  password_change_required,
  password_refused,
  questions_unanswered,
  login_ended,
  more_proof_required,
  method_not_offered,
  authentication_refused,
  // The end of a session.
  peer_closed,
  peer_disconnected,
  keepalive_timeout,
  transport_failed,
  mac_invalid,
  packet_invalid,
  rekey_failed,
  rekey_timeout,
  host_key_changed_in_rekey,
  output_overflow,
  requests_unanswered,
  channels_left_open,
  session_closed,
  // Connection protocol violations by the peer (RFC 4254).
  malformed_message,
  unexpected_message,
  unknown_channel,
  window_exceeded,
  window_overflow,
  message_too_large,
  // CHANNEL_OPEN_FAILURE reason codes (RFC 4254, 5.1) and our own deadline for the answer.
  open_administratively_prohibited,
  open_connect_failed,
  open_unknown_channel_type,
  open_resource_shortage,
  open_timeout,
  // The end of a channel.
  channel_closed,
  // Global requests (RFC 4254, 7.1).
  forward_refused,
  forward_timeout,
};

const boost::system::error_category& error_category();

inline boost::system::error_code make_error_code(errc e) { return {static_cast<int>(e), error_category()}; }

// Failure::message() of one whose sentences speak of `peer` ("the client") in the place of the server.
std::string message_of(const Failure& failure, std::string_view peer);

// For tables: whether the rows have each code once, in the order of the enumerators.
template <class Rows>
constexpr bool has_every_errc(const Rows& rows) {
  int value = 0;
  for (const auto& row : rows) {
    if (static_cast<int>(row.code) != ++value) return false;
  }
  return value == static_cast<int>(errc::forward_timeout);
}

// True for what a retry with unchanged files and an unchanged server cannot cure: host key and
// authentication.
bool is_permanent(const boost::system::error_code& code);

}  // namespace towline::ssh

template <>
struct boost::system::is_error_code_enum<towline::ssh::errc> : std::true_type {};
