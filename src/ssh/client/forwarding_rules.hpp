// Where a server's operator forbids forwarding (sshd_config(5); "AUTHORIZED_KEYS FILE FORMAT" in sshd(8)),
// for hints.
#pragma once

#include <string>

namespace towline::ssh {

// Connections that we open through it: -L, -D, jump hosts.
inline const std::string rules_on_opening =
    "AllowTcpForwarding (of sockets AllowStreamLocalForwarding), DisableForwarding and PermitOpen in its "
    "sshd_config, and restrict, no-port-forwarding and permitopen in authorized_keys";
// Listeners that it makes for us: -R.
inline const std::string rules_on_listening =
    "AllowTcpForwarding, DisableForwarding and PermitListen in its sshd_config, and restrict, "
    "no-port-forwarding and "
    "permitlisten in authorized_keys";

}  // namespace towline::ssh
