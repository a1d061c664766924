// Whether others reach a listener of -R: sshd without GatewayPorts says yes to every address and binds its
// loopback. Which addresses are tried, from the server to itself, and what the answers mean; pure.
#pragma once

#include "forward/spec.hpp"
#include "net/host_port.hpp"

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace towline::forward {

// A TCP listener of -R that is asked for on more than loopback.
bool is_meant_for_others(const ForwardSpec& spec);

struct ReachTry {
  net::HostPort address;
  bool outer = true;  // false: a loopback address that only who listens on every one answers
};

// `server_address` is the one we reached the server at, or behind jump hosts its name. Loopback proves
// nothing, but for 127.0.0.2: Linux answers there (RFC 1122, 3.2.1.3), and nobody binds it by itself.
std::vector<ReachTry> reach_tries(const ForwardSpec& spec, const std::string& server_address,
                                  std::uint16_t bound_port);

enum class ReachAnswer {
  ours,       // our own connection came back
  refused,    // nobody listens
  none,       // somebody else, or nobody in time
  forbidden,  // the server opens no connections
};

struct ReachTried {
  bool outer = true;
  ReachAnswer answer = ReachAnswer::none;
};

// What a channel that was not opened says; nothing when the session is over.
std::optional<ReachAnswer> reach_answer(const boost::system::error_code& code);

enum class Reach {
  proved,
  loopback_only,
  elsewhere,  // every address of the server is bound, and the one we know is not one of them: a NAT
  unproved,
};

Reach judge_reach(std::span<const ReachTried> tried);

// "the server listens on its loopback only, and not on 0.0.0.0:8080"; empty where it is proved.
std::string reach_text(Reach reach, const net::HostPort& listen);
std::string reach_hint(Reach reach);

}  // namespace towline::forward
