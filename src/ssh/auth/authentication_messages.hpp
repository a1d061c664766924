// The messages of user authentication (RFC 4252, RFC 4256): built and read. Pure.
#pragma once

#include "ssh/wire/message.hpp"
#include "text/secret_bytes.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// RFC 4252, 6. What 60 means depends on the method: public key accepted, password to be
// changed, questions.
enum class AuthenticationMessage : std::uint8_t {
  request = 50,
  failure = 51,
  success = 52,
  banner = 53,
  of_the_method = 60,
  info_response = 61,
};

text::SecretBytes none_request(std::string_view user);

// What proves the possession of a key, without the signature: asks whether the server would take it.
text::SecretBytes public_key_probe(std::string_view user, std::string_view algorithm, Bytes key);
// What the signature covers (RFC 4252, 7), and the request that shows it.
text::SecretBytes public_key_to_sign(Bytes session_id, std::string_view user, std::string_view algorithm,
                                     Bytes key);
text::SecretBytes public_key_request(std::string_view user, std::string_view algorithm, Bytes key,
                                     Bytes signature);

text::SecretBytes password_request(std::string_view user, std::string_view password);

text::SecretBytes keyboard_interactive_request(std::string_view user);
text::SecretBytes info_response(std::span<const std::string_view> answers);

struct MethodsLeft {
  std::vector<std::string> methods;
  bool partial_success = false;
};
std::optional<MethodsLeft> parse_failure(Bytes message);

struct AcceptedPublicKey {
  std::string algorithm;
  std::vector<std::uint8_t> key;
};
std::optional<AcceptedPublicKey> parse_public_key_ok(Bytes message);

// RFC 4256, 3.2. The texts as they are shown (text::shown()).
struct Prompt {
  std::string text;
  bool echo = false;
};
struct InfoRequest {
  std::string name;
  std::string instruction;
  std::vector<Prompt> prompts;
};
// Nothing for a damaged one and for more than 64 questions.
std::optional<InfoRequest> parse_info_request(Bytes message);

// The prompt of SSH_MSG_USERAUTH_PASSWD_CHANGEREQ (RFC 4252, 8), as it came, also of one cut short. Nothing
// for another message.
std::optional<std::string_view> parse_password_change(Bytes message);

// The text of SSH_MSG_USERAUTH_BANNER (RFC 4252, 5.4), as it came; empty for a damaged one.
std::string_view parse_banner(Bytes message);

// --- the server's half ---

// The method of a request (RFC 4252, 5; 4256; OpenSSH's PROTOCOL for the host-bound form of publickey).
enum class RequestedMethod { none, publickey, password, keyboard_interactive, unknown };

// Views point into the message.
struct UserRequest {
  std::string_view user;
  std::string_view service;
  std::string_view method_name;
  RequestedMethod method = RequestedMethod::unknown;

  // publickey
  bool with_signature = false;  // without: would the key do?
  bool host_bound = false;      // names the host key that the client has seen
  std::string_view algorithm;
  Bytes key;
  Bytes host_key;
  Bytes signature;
  Bytes signed_part;  // the message up to the signature, which covers it behind the session's id

  // password
  std::string_view password;
  bool password_change = false;
};
// Nothing for a damaged one, for one with more behind it, and for names of more than 255 octets or with a
// zero in them. What an unknown method brings along is not read.
std::optional<UserRequest> parse_user_request(Bytes message);

// What the signature of a request covers (RFC 4252, 7).
text::SecretBytes signed_data(Bytes session_id, const UserRequest& request);

// Nothing for a damaged one and for more than 64 answers. Views point into the message.
std::optional<std::vector<std::string_view>> parse_info_response(Bytes message);

text::SecretBytes failure_answer(const MethodsLeft& left);
text::SecretBytes success_answer();
text::SecretBytes banner_message(std::string_view text);
text::SecretBytes public_key_ok_answer(std::string_view algorithm, Bytes key);
text::SecretBytes info_request_answer(const InfoRequest& request);

// A name for a log line: one line, printable ASCII, at most 80 characters.
std::string printable(std::string_view text);

}  // namespace towline::ssh
