#include "expose/names/place.hpp"

#include "net/dns_name.hpp"
#include "text/base64.hpp"
#include "text/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace towline::expose {

namespace {

constexpr std::uint16_t ssh_port = 22;
constexpr std::uint16_t unprivileged = 1024;

// 80 bits: nobody makes keys until one has the name of another.
constexpr std::size_t made_name_octets = 16;
constexpr std::string_view made_name_letters = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648, 6

struct Reason {
  NotHad why;
  std::string_view label;
  std::string_view sentence;
};

constexpr auto reasons = std::to_array<Reason>({
    {NotHad::no_domain, "no_domain", "there are no host names here, only ports and aliases"},
    {NotHad::kind_not_allowed, "kind_not_allowed", "nothing of this kind may be offered here"},
    {NotHad::not_permitted, "not_permitted", "your key may not listen there"},
    {NotHad::name_invalid, "name_invalid", "this cannot be a name: letters, digits and \"-\" can"},
    {NotHad::outside_domain, "outside_domain", "the name is outside the domain of this server"},
    {NotHad::names_are_given, "names_are_given",
     "names are given here and not asked for: leave the name out, as in -R 80:localhost:8080"},
    {NotHad::no_account, "no_account", "your user name cannot be a host name: log in with a key"},
    {NotHad::no_proof, "no_proof", "no TXT record of the name holds the fingerprint of your key"},
    {NotHad::port_too_low, "port_too_low", "ports below 1024 are not to be had"},
    {NotHad::port_out_of_range, "port_out_of_range", "the port is not one of those that may be had here"},
    {NotHad::port_missing, "port_missing", "an alias needs a port of its own"},
    {NotHad::port_in_use, "port_in_use", "the port is in use"},
    {NotHad::name_taken, "name_taken", "another client has it"},
    {NotHad::twice, "twice", "you offer that already"},
    {NotHad::quota, "quota", "you offer as much as you may"},
    {NotHad::unix_socket, "unix_socket", "unix sockets cannot be offered here"},
});

const Reason& reason(NotHad why) { return *std::ranges::find(reasons, why, &Reason::why); }

bool is_web_port(std::uint16_t port) { return port == 80 || port == 443; }

std::string made_name(std::span<const std::uint8_t> bytes) {
  std::string name;
  std::uint64_t bits = 0;
  unsigned count = 0;
  for (const auto byte : bytes) {
    bits = bits << 8U | byte;
    for (count += 8; count >= 5 && name.size() < made_name_octets; count -= 5)
      name += made_name_letters[bits >> (count - 5) & 31U];
  }
  return name;
}

std::string random_name(std::uint64_t chance) {
  std::array<std::uint8_t, sizeof chance> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(std::exchange(chance, chance >> 8U));
  return made_name(bytes);
}

// The whole name; nothing where it cannot be had for a reason.
std::variant<std::string, NotHad> host_of(std::string_view asked, const Account& account,
                                          std::uint64_t chance, const NameOptions& options) {
  const std::string behind = "." + options.domain;
  if (options.policy == NamePolicy::random || options.policy == NamePolicy::stable) {
    const auto given = options.policy == NamePolicy::random ? random_name(chance) : stable_name(account);
    if (given.empty()) return NotHad::no_account;
    const bool fits = asked.empty() || asked == given || asked == given + behind;
    if (!fits || (options.policy == NamePolicy::random && !asked.empty())) return NotHad::names_are_given;
    return given + behind;
  }
  if (asked.empty()) return NotHad::name_invalid;
  if (net::is_label(asked)) return std::string(asked) + behind;
  if (!net::is_host_name(asked)) return NotHad::name_invalid;
  if (!asked.ends_with(behind) && options.policy != NamePolicy::dns) return NotHad::outside_domain;
  return std::string(asked);
}

std::variant<Place, NotHad> host_place(std::string_view name, Kind kind, const Account& account,
                                       std::uint64_t chance, const NameOptions& options) {
  if (options.domain.empty()) return NotHad::no_domain;
  if (kind == Kind::http ? !options.allowed.http : !options.allowed.sni) return NotHad::kind_not_allowed;
  auto host = host_of(name, account, chance, options);
  if (const auto* why = std::get_if<NotHad>(&host)) return *why;
  auto& whole = std::get<std::string>(host);
  if (!net::is_host_name(whole)) return NotHad::name_invalid;
  return Place{kind, std::move(whole), 0};
}

std::variant<Place, NotHad> port_place(std::uint16_t port, const NameOptions& options) {
  if (!options.allowed.tcp || !options.ports) return NotHad::kind_not_allowed;
  if (port == 0) return Place{Kind::tcp, {}, 0};
  if (port < unprivileged) return NotHad::port_too_low;
  if (!options.ports->contains(port)) return NotHad::port_out_of_range;
  return Place{Kind::tcp, {}, port};
}

std::variant<Place, NotHad> alias_place(std::string name, std::uint16_t port, const NameOptions& options) {
  if (!options.allowed.alias) return NotHad::kind_not_allowed;
  if (port == 0) return NotHad::port_missing;
  if (!net::is_host_name(name)) return NotHad::name_invalid;
  return Place{port == ssh_port ? Kind::ssh_alias : Kind::alias, std::move(name), port};
}

}  // namespace

std::string_view label_of(Kind kind) {
  switch (kind) {
    case Kind::http: return "http";
    case Kind::sni: return "sni";
    case Kind::tcp: return "tcp";
    case Kind::ssh_alias: return "ssh_alias";
    case Kind::alias: return "alias";
  }
  return "unknown";
}

std::string_view label_of(NotHad why) { return reason(why).label; }

std::string_view sentence_of(NotHad why) { return reason(why).sentence; }

bool is_any_address(std::string_view host, const NameOptions& options) {
  constexpr auto any =
      std::to_array<std::string_view>({"", "*", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"});
  if (std::ranges::find(any, host) != any.end()) return true;
  return !options.domain.empty() && text::lower_case(host) == options.domain;
}

std::string stable_name(const Account& account) {
  constexpr std::string_view kind = "SHA256:";
  if (account.fingerprint.empty()) {
    auto name = text::lower_case(account.user);
    return net::is_label(name) ? name : std::string();
  }
  const auto digest = account.fingerprint.substr(std::min(kind.size(), account.fingerprint.size()));
  const auto bytes = text::from_base64(digest + std::string((4 - digest.size() % 4) % 4, '='));
  return bytes ? made_name(*bytes) : std::string();
}

std::variant<Place, NotHad> place_for(const net::HostPort& asked, const Words& words, const Account& account,
                                      std::uint64_t chance, const NameOptions& options) {
  const bool any = is_any_address(asked.host, options);
  const bool named_here = options.policy == NamePolicy::random || options.policy == NamePolicy::stable;
  auto name = any ? std::string() : text::lower_case(asked.host);
  if (is_web_port(asked.port) && !words.tcp_alias && (!any || (named_here && !options.domain.empty())))
    return host_place(name, words.sni_proxy ? Kind::sni : Kind::http, account, chance, options);
  if (any) return port_place(asked.port, options);
  return alias_place(std::move(name), asked.port, options);
}

std::string proof_of(const Place& place, const NameOptions& options) {
  const bool is_host = place.kind == Kind::http || place.kind == Kind::sni;
  return is_host && options.policy == NamePolicy::dns ? "_towline." + place.name : std::string();
}

}  // namespace towline::expose
