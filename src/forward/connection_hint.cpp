#include "forward/connection_hint.hpp"

#include "net/error.hpp"
#include "ssh/client/forwarding_rules.hpp"

namespace towline::forward {

using observe::ConnectionFailure;

std::string limit_hint(Limit reached) {
  if (reached == Limit::descriptors)
    return "the descriptors of this process are used up: raise the limit of open files (ulimit -n, "
           "LimitNOFILE "
           "of systemd, --ulimit nofile of docker), or find out who does not close connections";
  return "raise TOWLINE_MAX_CONNECTIONS or the max_connections of this forward, or find out who does not "
         "close "
         "connections";
}

std::string connection_hint(ConnectionFailure reason, Mode mode) {
  switch (reason) {
    case ConnectionFailure::channel_prohibited: return "the server forbids it: see " + ssh::rules_on_opening;
    case ConnectionFailure::channel_connect_failed:
      return "check the target, seen from the server: does it run, and is its name known there?";
    case ConnectionFailure::channel_resource: return "the server is out of channels or memory";
    case ConnectionFailure::target_refused:
      return "check the target, seen from here: does anything listen there?";
    case ConnectionFailure::target_timeout:
      return mode == Mode::remote
                 ? "look for a firewall that drops packets between here and the target"
                 : "look for a firewall that drops packets between the server and the target";
    case ConnectionFailure::target_dns:
      return "check the target's name and the name servers in /etc/resolv.conf";
    case ConnectionFailure::target_reset:
      return "look at the target: it accepts connections and cuts them at once, as a proxy does for a server "
             "that is not there";
    case ConnectionFailure::limit: return limit_hint(Limit::connections);
    case ConnectionFailure::not_up:
      return "the session was lost at that moment: nothing to do, its own line says why";
    case ConnectionFailure::handshake: return "see the client's proxy setting";
    case ConnectionFailure::client_reset:
      return "the client did not wait for the target's answer: see what ended it, and how long it waits";
    case ConnectionFailure::resource_shortage: return net::resource_shortage_hint;
    case ConnectionFailure::draining:
    case ConnectionFailure::rate: break;  // reserved
  }
  return {};
}

}  // namespace towline::forward
