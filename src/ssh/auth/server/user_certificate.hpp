// Whether a user's certificate is one to log in with (OpenSSH's PROTOCOL.certkeys), and what it permits.
// Pure.
#pragma once

#include "ssh/auth/server/address_patterns.hpp"
#include "ssh/auth/server/permissions.hpp"
#include "ssh/auth/server/refusal.hpp"
#include "ssh/keys/certificate.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

struct CertificateVerdict {
  Refusal refusal = Refusal::none;
  std::string detail{};       // more about the refusal, for people
  Permissions permissions{};  // what its extensions permit, and its force-command
};

// Everything but whether its authority is one of ours and whether the client has its key: kind, signature,
// validity, principals, critical options. It is for `user`, or for one of `principals` where there are some;
// one without principals is for nobody (sshd 9.2 takes it for everybody where authorized_keys names the
// authority). A critical option beside source-address and force-command refuses.
CertificateVerdict judge_user_certificate(const Certificate& certificate, std::string_view user,
                                          const std::vector<std::string>& principals,
                                          const ClientAddress& address, Certificate::Time now);

}  // namespace towline::ssh
