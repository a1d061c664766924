#include "ssh/wire/error.hpp"

#include <iterator>
#include <string>

namespace towline::ssh {

namespace {

constexpr bool permanent = true;

struct Row {
  errc code;
  const char* sentence;
  bool permanent = false;
};

constexpr Row rows[] = {
    {errc::connect_timeout, "the server did not complete the connection in time"},
    {errc::closed_at_once, "the connection was accepted and closed before a word was said"},
    {errc::banner_missing, "the server did not identify itself as an SSH server"},
    {errc::no_common_key_exchange, "no key exchange method in common with the server"},
    {errc::no_common_host_key, "no host key algorithm in common with the server"},
    {errc::no_common_cipher, "no cipher in common with the server"},
    {errc::no_common_mac, "no MAC in common with the server"},
    {errc::no_common_compression, "no compression method in common with the server"},
    {errc::key_exchange_failed, "the key exchange failed"},
    {errc::host_key_mismatch, "the server's host key is not the one on file", permanent},
    {errc::host_key_unknown, "the server's host key is not on file", permanent},
    {errc::host_key_revoked, "the server's host key is marked as revoked", permanent},
    {errc::host_certificate_invalid, "the server's host certificate is not valid", permanent},
    {errc::key_file_unreadable, "the private key cannot be read", permanent},
    {errc::key_file_invalid, "the private key cannot be used", permanent},
    {errc::key_file_needs_passphrase, "the private key is encrypted and no passphrase is known", permanent},
    {errc::passphrase_wrong, "the passphrase does not open the private key", permanent},
    {errc::certificate_invalid, "the user certificate cannot be used", permanent},
    {errc::certificate_expired, "the user certificate is not valid at this time", permanent},
    {errc::secret_file_unreadable, "the file of the passphrase or password cannot be read", permanent},
    {errc::agent_unreachable, "the SSH agent cannot be reached"},
    {errc::agent_failed, "the SSH agent failed the request"},
    {errc::agent_empty, "the SSH agent holds no key", permanent},
    {errc::password_change_required, "the server requires a password change first", permanent},
    {errc::password_refused, "the server refused the password", permanent},
    {errc::questions_unanswered, "the server asks questions that only a person can answer", permanent},
    {errc::login_ended, "the server ended the login", permanent},
    {errc::more_proof_required, "the server requires a further authentication method", permanent},
    {errc::method_not_offered, "the server offers no authentication method that is set up here", permanent},
    {errc::authentication_refused, "the server refused the authentication", permanent},
    {errc::peer_closed, "the server closed the connection"},
    {errc::peer_disconnected, "the server ended the session"},
    {errc::keepalive_timeout, "nothing was received from the server within the keepalive deadline"},
    {errc::transport_failed, "the SSH transport failed"},
    {errc::mac_invalid, "the MAC of a packet from the server is wrong"},
    {errc::packet_invalid, "the server sent a packet of an impossible length or padding"},
    {errc::rekey_failed, "rekeying failed"},
    {errc::rekey_timeout, "the server began a key exchange and did not end it in time"},
    {errc::host_key_changed_in_rekey, "the server changed its host key during rekeying"},
    {errc::output_overflow, "the server does not read what it is sent"},
    {errc::requests_unanswered, "the server speaks and answers no request"},
    {errc::channels_left_open, "the server does not close the channels that are over"},
    {errc::session_closed, "the SSH session is over"},
    {errc::malformed_message, "the server sent a malformed message"},
    {errc::unexpected_message, "the server sent a message that has no place here"},
    {errc::unknown_channel, "the server sent a message for a channel that does not exist"},
    {errc::window_exceeded, "the server sent more than the channel's window allows"},
    {errc::window_overflow, "the server enlarged a window beyond 2^32-1 bytes"},
    {errc::message_too_large, "the server sent more than the maximum packet size"},
    {errc::open_administratively_prohibited, "the server does not allow this connection"},
    {errc::open_connect_failed, "the target cannot be reached from the server"},
    {errc::open_unknown_channel_type, "the server does not know this kind of forwarding"},
    {errc::open_resource_shortage, "the server is short of resources"},
    {errc::open_timeout, "the server did not answer the channel request in time"},
    {errc::channel_closed, "the server closed the channel"},
    {errc::forward_refused, "the server refused to listen"},
    {errc::forward_timeout, "the server did not answer the request to listen in time"},
};
static_assert(has_every_errc(rows));

const Row* row_of(int value) { return value < 1 || value > std::ssize(rows) ? nullptr : &rows[value - 1]; }

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "towline.ssh"; }
  std::string message(int value) const override {
    const auto* row = row_of(value);
    return row ? row->sentence : "unknown SSH error";
  }
};

}  // namespace

const boost::system::error_category& error_category() {
  static const Category category;
  return category;
}

bool is_permanent(const boost::system::error_code& code) {
  const auto* row = code.category() == error_category() ? row_of(code.value()) : nullptr;
  return row && row->permanent;
}

}  // namespace towline::ssh
