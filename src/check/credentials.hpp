// The part of `towline check` that needs no network and no server: whether the keys can be used.
#pragma once

#include "check/report.hpp"
#include "ssh/client/options.hpp"

namespace towline::check {

// Reads keys, certificates and passwords of the server and of each jump host, as a login does. What cannot be
// used is a warning in the step `config` where there is another way to log in, and else a failure: false.
// Takes as long as an encrypted key's maker wanted.
bool check_credentials(const net::HostPort& server, const ssh::Options& options, CheckReport& report);

}  // namespace towline::check
