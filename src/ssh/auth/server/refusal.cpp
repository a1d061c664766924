#include "ssh/auth/server/refusal.hpp"

#include <iterator>

namespace towline::ssh {

namespace {

struct RefusalRow {
  Refusal refusal;
  std::string_view label;
  std::string_view sentence;
};

constexpr RefusalRow refusal_rows[] = {
    {Refusal::none, "none", "nothing was refused"},
    {Refusal::method_not_offered, "method_not_offered", "the method is not offered"},
    {Refusal::key_unknown, "key_unknown", "the key is not among those that may log in"},
    {Refusal::key_unsupported, "key_unsupported",
     "the key is damaged, or of a type or algorithm not taken here"},
    {Refusal::address_not_permitted, "address_not_permitted", "the key may not be used from this address"},
    {Refusal::key_expired, "key_expired", "the key has expired"},
    {Refusal::certificate_unknown, "certificate_unknown", "the certificate is by no authority of ours"},
    {Refusal::certificate_invalid, "certificate_invalid", "the certificate is damaged, or not what it says"},
    {Refusal::certificate_expired, "certificate_expired", "the certificate is not valid at this time"},
    {Refusal::certificate_not_for_user, "certificate_not_for_user", "the certificate is not for this user"},
    {Refusal::certificate_option, "certificate_option", "the certificate demands what cannot be kept here"},
    {Refusal::signature_invalid, "signature_invalid", "the signature is not one by the key"},
    {Refusal::host_key_mismatch, "host_key_mismatch", "the client was shown another host key than ours"},
    {Refusal::password_wrong, "password_wrong", "the password is wrong, or there is no such user"},
    {Refusal::service_refused, "service_refused", "the service said no"},
    {Refusal::service_failed, "service_failed", "the service gave no answer that can be understood"},
    {Refusal::malformed, "malformed", "a message is malformed, or has no place here"},
    {Refusal::user_changed, "user_changed", "the user or the service changed during the login"},
    {Refusal::service_unknown, "service_unknown", "a service other than ssh-connection was asked for"},
    {Refusal::too_many_attempts, "too_many_attempts", "there were too many attempts"},
    {Refusal::login_timeout, "login_timeout", "the login took too long"},
};

constexpr bool has_every_refusal() {
  int value = 0;
  for (const auto& row : refusal_rows) {
    if (static_cast<int>(row.refusal) != value++) return false;
  }
  return value == static_cast<int>(Refusal::login_timeout) + 1;
}
static_assert(has_every_refusal());

}  // namespace

std::string_view label_of(Refusal refusal) { return refusal_rows[static_cast<int>(refusal)].label; }

std::string_view sentence_of(Refusal refusal) { return refusal_rows[static_cast<int>(refusal)].sentence; }

}  // namespace towline::ssh
