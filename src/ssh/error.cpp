#include "ssh/error.hpp"

#include <string>

namespace towline::ssh {

namespace {

const char* sentence(errc e) {
  switch (e) {
    case errc::connect_timeout: return "the server did not complete the connection in time";
    case errc::banner_missing: return "the server did not identify itself as an SSH server";
    case errc::no_common_key_exchange: return "no key exchange method in common with the server";
    case errc::no_common_host_key: return "no host key algorithm in common with the server";
    case errc::no_common_cipher: return "no cipher in common with the server";
    case errc::no_common_mac: return "no MAC in common with the server";
    case errc::no_common_compression: return "no compression method in common with the server";
    case errc::key_exchange_failed: return "the key exchange failed";
    case errc::host_key_mismatch: return "the server's host key is not the one on file";
    case errc::host_key_unknown: return "the server's host key is not on file";
    case errc::host_key_revoked: return "the server's host key is marked as revoked";
    case errc::host_certificate_invalid: return "the server's host certificate is not valid";
    case errc::key_file_unreadable: return "the private key cannot be read";
    case errc::key_file_invalid: return "the private key cannot be used";
    case errc::key_file_needs_passphrase: return "the private key is encrypted and no passphrase is known";
    case errc::passphrase_wrong: return "the passphrase does not open the private key";
    case errc::certificate_invalid: return "the user certificate cannot be used";
    case errc::certificate_expired: return "the user certificate is not valid at this time";
    case errc::secret_file_unreadable: return "the file of the passphrase or password cannot be read";
    case errc::agent_unreachable: return "the SSH agent cannot be reached";
    case errc::agent_failed: return "the SSH agent failed the request";
    case errc::agent_empty: return "the SSH agent holds no key";
    case errc::password_change_required: return "the server requires a password change first";
    case errc::password_refused: return "the server refused the password";
    case errc::questions_unanswered: return "the server asks questions that only a person can answer";
    case errc::too_many_attempts: return "the server ended the login after too many attempts";
    case errc::more_proof_required: return "the server requires a further authentication method";
    case errc::method_not_offered: return "the server offers no authentication method that is set up here";
    case errc::authentication_refused: return "the server refused the authentication";
    case errc::peer_closed: return "the server closed the connection";
    case errc::peer_disconnected: return "the server ended the session";
    case errc::keepalive_timeout: return "nothing was received from the server within the keepalive deadline";
    case errc::transport_failed: return "the SSH transport failed";
    case errc::rekey_failed: return "rekeying failed";
    case errc::host_key_changed_in_rekey: return "the server changed its host key during rekeying";
    case errc::output_overflow: return "the server does not read what it is sent";
    case errc::session_closed: return "the SSH session is over";
    case errc::malformed_message: return "the server sent a malformed message";
    case errc::unexpected_message: return "the server sent a message that has no place here";
    case errc::unknown_channel: return "the server sent a message for a channel that does not exist";
    case errc::window_exceeded: return "the server sent more than the channel's window allows";
    case errc::window_overflow: return "the server enlarged a window beyond 2^32-1 bytes";
    case errc::message_too_large: return "the server sent more than the maximum packet size";
    case errc::open_administratively_prohibited: return "the server does not allow this connection";
    case errc::open_connect_failed: return "the target cannot be reached from the server";
    case errc::open_unknown_channel_type: return "the server does not know this kind of forwarding";
    case errc::open_resource_shortage: return "the server is short of resources";
    case errc::open_timeout: return "the server did not answer the channel request in time";
    case errc::channel_closed: return "the server closed the channel";
    case errc::forward_refused: return "the server refused to listen";
    case errc::forward_timeout: return "the server did not answer the request to listen in time";
  }
  return "unknown SSH error";
}

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "towline.ssh"; }
  std::string message(int value) const override { return sentence(static_cast<errc>(value)); }
};

}  // namespace

const boost::system::error_category& error_category() {
  static const Category category;
  return category;
}

bool is_permanent(const boost::system::error_code& code) {
  if (code.category() != error_category()) return false;
  switch (static_cast<errc>(code.value())) {
    case errc::host_key_mismatch:
    case errc::host_key_unknown:
    case errc::host_key_revoked:
    case errc::host_certificate_invalid:
    case errc::key_file_unreadable:
    case errc::key_file_invalid:
    case errc::key_file_needs_passphrase:
    case errc::passphrase_wrong:
    case errc::certificate_invalid:
    case errc::certificate_expired:
    case errc::secret_file_unreadable:
    case errc::agent_empty:
    case errc::password_change_required:
    case errc::password_refused:
    case errc::questions_unanswered:
    case errc::too_many_attempts:
    case errc::more_proof_required:
    case errc::method_not_offered:
    case errc::authentication_refused: return true;
    default: return false;
  }
}

}  // namespace towline::ssh
