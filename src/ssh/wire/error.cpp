#include "ssh/wire/error.hpp"

#include "text/braces.hpp"

#include <iterator>
#include <string>

namespace towline::ssh {

namespace {

constexpr bool permanent = true;

struct Row {
  errc code;
  const char* sentence;  // {peer}: who is at the other end
  bool permanent = false;
};

constexpr Row rows[] = {
    {errc::connect_timeout, "{peer} did not complete the connection in time"},
    {errc::closed_at_once, "the connection was accepted and closed before a word was said"},
    {errc::banner_missing, "{peer} did not identify itself as an SSH server"},
    {errc::no_common_key_exchange, "no key exchange method in common with {peer}"},
    {errc::no_common_host_key, "no host key algorithm in common with {peer}"},
    {errc::no_common_cipher, "no cipher in common with {peer}"},
    {errc::no_common_mac, "no MAC in common with {peer}"},
    {errc::no_common_compression, "no compression method in common with {peer}"},
    {errc::key_exchange_failed, "the key exchange failed"},
    {errc::host_key_mismatch, "{peer}'s host key is not the one on file", permanent},
    {errc::host_key_unknown, "{peer}'s host key is not on file", permanent},
    {errc::host_key_revoked, "{peer}'s host key is marked as revoked", permanent},
    {errc::host_certificate_invalid, "{peer}'s host certificate is not valid", permanent},
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
    {errc::password_change_required, "{peer} requires a password change first", permanent},
    {errc::password_refused, "{peer} refused the password", permanent},
    {errc::questions_unanswered, "{peer} asks questions that only a person can answer", permanent},
    {errc::login_ended, "{peer} ended the login", permanent},
    {errc::more_proof_required, "{peer} requires a further authentication method", permanent},
    {errc::method_not_offered, "{peer} offers no authentication method that is set up here", permanent},
    {errc::authentication_refused, "{peer} refused the authentication", permanent},
    {errc::peer_closed, "{peer} closed the connection"},
    {errc::peer_disconnected, "{peer} ended the session"},
    {errc::keepalive_timeout, "nothing was received from {peer} within the keepalive deadline"},
    {errc::transport_failed, "the SSH transport failed"},
    {errc::mac_invalid, "the MAC of a packet from {peer} is wrong"},
    {errc::packet_invalid, "{peer} sent a packet of an impossible length or padding"},
    {errc::rekey_failed, "rekeying failed"},
    {errc::rekey_timeout, "{peer} began a key exchange and did not end it in time"},
    {errc::host_key_changed_in_rekey, "{peer} changed its host key during rekeying"},
    {errc::output_overflow, "{peer} does not read what it is sent"},
    {errc::requests_unanswered, "{peer} speaks and answers no request"},
    {errc::channels_left_open, "{peer} does not close the channels that are over"},
    {errc::session_closed, "the SSH session is over"},
    {errc::malformed_message, "{peer} sent a malformed message"},
    {errc::unexpected_message, "{peer} sent a message that has no place here"},
    {errc::unknown_channel, "{peer} sent a message for a channel that does not exist"},
    {errc::window_exceeded, "{peer} sent more than the channel's window allows"},
    {errc::window_overflow, "{peer} enlarged a window beyond 2^32-1 bytes"},
    {errc::message_too_large, "{peer} sent more than the maximum packet size"},
    {errc::open_administratively_prohibited, "{peer} does not allow this connection"},
    {errc::open_connect_failed, "the target cannot be reached from {peer}"},
    {errc::open_unknown_channel_type, "{peer} does not know this kind of forwarding"},
    {errc::open_resource_shortage, "{peer} is short of resources"},
    {errc::open_timeout, "{peer} did not answer the channel request in time"},
    {errc::channel_closed, "{peer} closed the channel"},
    {errc::forward_refused, "{peer} refused to listen"},
    {errc::forward_timeout, "{peer} did not answer the request to listen in time"},
};
static_assert(has_every_errc(rows));

std::string sentence_of(const Row& row, std::string_view peer) {
  return text::filled(row.sentence, [peer](std::string_view) { return peer; });
}

const Row* row_of(int value) { return value < 1 || value > std::ssize(rows) ? nullptr : &rows[value - 1]; }

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "towline.ssh"; }
  std::string message(int value) const override {
    const auto* row = row_of(value);
    return row ? sentence_of(*row, "the server") : "unknown SSH error";
  }
};

}  // namespace

const boost::system::error_category& error_category() {
  static const Category category;
  return category;
}

std::string message_of(const Failure& failure, std::string_view peer) {
  const auto* row = failure.code.category() == error_category() ? row_of(failure.code.value()) : nullptr;
  return failure.message_with(row ? sentence_of(*row, peer) : failure.code.message(), peer);
}

bool is_permanent(const boost::system::error_code& code) {
  const auto* row = code.category() == error_category() ? row_of(code.value()) : nullptr;
  return row && row->permanent;
}

}  // namespace towline::ssh
