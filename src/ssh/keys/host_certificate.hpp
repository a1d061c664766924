// Certificates that servers show, held against ssh's rules. Pure.
#pragma once

#include "ssh/keys/certificate.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace towline::ssh {

// Nothing for a blob that is no whole certificate, or one for or by a key of a type that no SSH server signs
// with; its authority is there otherwise. Its signature is not looked at.
std::optional<Certificate> parse_host_certificate(Bytes blob);

// Why the certificate does not prove that its key is the key of `host` (in lower case), or nothing: the rules
// of OpenSSH 9.2 (sshconnect.c, sshkey.c), by which a certificate without principals is good for every host,
// a principal is no pattern, every critical option is unknown, and SHA-1 signatures are refused. Whether the
// authority is one to trust is for the caller to say. Continues "its certificate …".
std::string objection_to(const Certificate& certificate, std::string_view host,
                         std::chrono::system_clock::time_point now);

}  // namespace towline::ssh
