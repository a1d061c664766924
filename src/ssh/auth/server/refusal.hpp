// Why somebody is not let in: names for logs and metrics, never told to the client.
#pragma once

#include <string_view>

namespace towline::ssh {

enum class Refusal {
  none,  // nothing was refused
  method_not_offered,
  key_unknown,               // nobody's line has it
  key_unsupported,           // damaged, of a type or under an algorithm that is not taken
  address_not_permitted,     // from=, source-address
  key_expired,               // expiry-time=
  certificate_unknown,       // by no authority of ours
  certificate_invalid,       // damaged, not signed by it, one for hosts
  certificate_expired,       // or not valid yet
  certificate_not_for_user,  // principals
  certificate_option,        // a critical option that is unknown or cannot be kept, or two commands
  signature_invalid,
  host_key_mismatch,  // of publickey-hostbound: the client has seen another host key than ours
  password_wrong,     // or there is no such user
  service_refused,
  service_failed,  // no answer, or none that can be understood
  // The end of the login.
  malformed,
  user_changed,
  service_unknown,  // anything but ssh-connection
  too_many_attempts,
  login_timeout,
};

// "key_unknown": one of a closed set, for metrics and logs.
std::string_view label_of(Refusal refusal);
// "no line has this key": continues "refused: ".
std::string_view sentence_of(Refusal refusal);

}  // namespace towline::ssh
