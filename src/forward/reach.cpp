#include "forward/reach.hpp"

#include "ssh/wire/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>

namespace towline::forward {

namespace {

bool is_every_address(const std::string& host) {
  constexpr std::array<std::string_view, 4> any{"", "*", "0.0.0.0", "::"};
  return std::ranges::find(any, host) != any.end();
}

// What sshd binds without GatewayPorts.
bool is_plain_loopback(const std::string& host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

std::string asked_address(const net::HostPort& listen) {
  return net::to_string({listen.host.empty() ? "*" : listen.host, listen.port});
}

bool is_v6(const std::string& host) { return host.find(':') != host.npos; }

bool fits_family(const std::string& listen, const std::string& address) {
  if (listen == "0.0.0.0") return !is_v6(address);
  return listen != "::" || is_v6(address);
}

}  // namespace

bool is_meant_for_others(const ForwardSpec& spec) {
  if (spec.mode != Mode::remote || !spec.listen_path.empty()) return false;
  if (is_every_address(spec.listen.host)) return true;
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(spec.listen.host, not_an_address);
  return spec.listen.host != "localhost" && (not_an_address || !address.is_loopback());
}

std::vector<ReachTry> reach_tries(const ForwardSpec& spec, const std::string& server_address,
                                  std::uint16_t bound_port) {
  const auto& host = spec.listen.host;
  if (!is_every_address(host)) return {{{host, bound_port}}};
  std::vector<ReachTry> tries;
  const bool proves = !server_address.empty() && !is_plain_loopback(server_address);
  if (proves && fits_family(host, server_address)) tries.push_back({{server_address, bound_port}});
  if (host != "::") tries.push_back({.address = {"127.0.0.2", bound_port}, .outer = false});
  return tries;
}

std::optional<ReachAnswer> reach_answer(const boost::system::error_code& code) {
  if (code == ssh::errc::open_connect_failed) return ReachAnswer::refused;
  if (code == ssh::errc::open_administratively_prohibited || code == ssh::errc::open_unknown_channel_type)
    return ReachAnswer::forbidden;
  if (code == ssh::errc::open_timeout || code == ssh::errc::open_resource_shortage) return ReachAnswer::none;
  return std::nullopt;
}

Reach judge_reach(std::span<const ReachTried> tried) {
  const auto any = [tried](bool outer, ReachAnswer answer) {
    return std::ranges::any_of(tried, [=](const auto& t) { return t.outer == outer && t.answer == answer; });
  };
  const bool outer_tried = std::ranges::any_of(tried, &ReachTried::outer);
  const bool inner_tried = !std::ranges::all_of(tried, &ReachTried::outer);
  if (any(true, ReachAnswer::ours)) return Reach::proved;
  if (any(false, ReachAnswer::ours)) return outer_tried ? Reach::elsewhere : Reach::proved;
  const bool inner_refused = !inner_tried || any(false, ReachAnswer::refused);
  return any(true, ReachAnswer::refused) && inner_refused ? Reach::loopback_only : Reach::unproved;
}

std::string reach_text(Reach reach, const net::HostPort& listen) {
  const auto address = asked_address(listen);
  switch (reach) {
    case Reach::proved: return {};
    case Reach::loopback_only: return "the server listens on its loopback only, and not on " + address;
    case Reach::elsewhere:
      return "the server listens on " + address + ", but the address we reach it at does not lead there";
    case Reach::unproved: break;
  }
  return "it could not be proved that others reach " + address + " on the server";
}

std::string reach_hint(Reach reach) {
  switch (reach) {
    case Reach::proved: return {};
    case Reach::loopback_only: return "set GatewayPorts clientspecified in the server's sshd_config";
    case Reach::elsewhere:
      return "look for a NAT, a container's published ports or a firewall in front of the server";
    case Reach::unproved: break;
  }
  return "without GatewayPorts clientspecified (or yes) in its sshd_config the server agrees and listens on "
         "its loopback only";
}

}  // namespace towline::forward
