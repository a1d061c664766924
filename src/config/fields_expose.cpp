#include "config/fields.hpp"
#include "net/dns_name.hpp"
#include "net/network.hpp"
#include "text/pattern.hpp"

#include <charconv>
#include <string>

namespace towline::config {

namespace {

using Text = std::string_view;
using expose::AllowedKinds;
using expose::Balance;
using expose::NamePolicy;
using expose::PortRange;
using expose::SameName;

constexpr Words<NamePolicy, 4> name_policies{{{"requested", NamePolicy::requested},
                                              {"random", NamePolicy::random},
                                              {"stable", NamePolicy::stable},
                                              {"dns", NamePolicy::dns}}};
constexpr Words<SameName, 3> same_names{
    {{"balance", SameName::balance}, {"replace", SameName::replace}, {"refuse", SameName::refuse}}};
constexpr Words<Balance, 4> balances{{{"random", Balance::random},
                                      {"round-robin", Balance::round_robin},
                                      {"ip-hash", Balance::ip_hash},
                                      {"least", Balance::least}}};
constexpr Words<bool AllowedKinds::*, 4> kinds{{{"http", &AllowedKinds::http},
                                                {"tcp", &AllowedKinds::tcp},
                                                {"alias", &AllowedKinds::alias},
                                                {"sni", &AllowedKinds::sni}}};

Parsed<std::string> expose_domain(Text text) {
  auto domain = text::lower_case(text);
  if (domain.ends_with('.')) domain.pop_back();
  if (!net::is_host_name(domain))
    return Complaint{"is not a domain",
                     "write for example tunnels.example.com, under which clients get their names"};
  return domain;
}

Parsed<AllowedKinds> expose_kinds(Text text) {
  AllowedKinds allowed{false, false, false, false};
  for (const auto entry : split_list(text)) {
    const auto word = parse_word(entry, kinds);
    if (!word)
      return Complaint{"is not a list of known words",
                       "write http, tcp, alias, or sni, several with commas between"};
    allowed.*(*word) = true;
  }
  return allowed;
}

// Below 1024 ports are not to be had, whatever is written.
Parsed<std::optional<PortRange>> expose_ports(Text text) {
  if (equal_ignoring_case(trimmed(text), "none")) return std::optional<PortRange>();
  const auto dash = text.find('-');
  const auto first = parse_number(trimmed(text.substr(0, dash)), 1024, 65535);
  const auto last = dash == text.npos ? first : parse_number(trimmed(text.substr(dash + 1)), 1024, 65535);
  if (!first || !last || *first > *last)
    return Complaint{"is not a range of ports from 1024 to 65535", "write for example 9000-9999, or none"};
  return std::optional(PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)});
}

Parsed<std::vector<net::Network>> networks(Text text) {
  std::vector<net::Network> all;
  for (const auto entry : split_list(text)) {
    const auto network = net::parse_network(entry);
    if (!network)
      return Complaint{"is not a list of networks",
                       "write addresses and networks, such as 10.0.0.0/8,2001:db8::/32"};
    if (network->has_bits_behind_mask())
      return Complaint{"has a network with bits set behind its mask", "write for example 10.0.0.0/8"};
    all.push_back(*network);
  }
  return all;
}

// "1048576", "512k", "10M": of 1024 each, as RateLimit and RekeyLimit of OpenSSH count them.
Parsed<std::uint64_t> bytes_per_second(Text text) {
  constexpr std::uint64_t limit = 1ULL << 40U;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = Text(end, static_cast<std::size_t>(text.data() + text.size() - end));
  unsigned shift = 0;
  if (equal_ignoring_case(unit, "k")) shift = 10;
  if (equal_ignoring_case(unit, "m")) shift = 20;
  if (equal_ignoring_case(unit, "g")) shift = 30;
  const bool is_number = error == std::errc() && (unit.empty() || shift > 0);
  if (!is_number || number > (limit >> shift))
    return Complaint{"is not a number of bytes per second",
                     "write a number, or one with k, M or G behind it"};
  return number << shift;
}

// Ten years at most.
Parsed<std::chrono::seconds> hsts_age(Text text) {
  const auto seconds = parse_number(text, 0, 315'360'000);
  if (!seconds) return seconds.error();
  return std::chrono::seconds(*seconds);
}

Parsed<int> quota(Text text) { return parse_number(text, 0, 1'000'000); }

Parsed<int> visitor_count(Text text) { return parse_number(text, 1, 1'000'000); }

expose::Options& exposed(Draft& draft) { return draft.config.expose; }

constexpr Field expose_rows[] = {
    {"TOWLINE_EXPOSE_DOMAIN", "", Section::expose,
     "The domain under which clients get their names: name.DOMAIN. Unset: no HTTP, only ports and aliases.",
     [](Text text, Draft& d) { return store(expose_domain(text), exposed(d).names.domain); }},
    {"TOWLINE_HTTP_LISTEN", "0.0.0.0:8080", Section::expose,
     "Where visitors come in by HTTP: host:port, :port for every address, off. With TOWLINE_EXPOSE_DOMAIN.",
     [](Text text, Draft& d) { return store(parse_listen_address(text), exposed(d).http_listen); }},
    {"TOWLINE_HTTPS_LISTEN", "0.0.0.0:8443", Section::expose,
     "The same by HTTPS. With TOWLINE_TLS_DIR, or for sni-proxy alone.",
     [](Text text, Draft& d) { return store(parse_listen_address(text), exposed(d).https_listen); }},
    {.name = "TOWLINE_TLS_DIR",
     .default_text = "",
     .section = Section::expose,
     .help =
         "Folder with tls.crt and tls.key, or fullchain.pem and privkey.pem, or a folder of such for each "
         "name. Read again when changed.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), exposed(d).tls_folder); },
     .holds = Holds::path},
    {"TOWLINE_EXPOSE_BIND", "0.0.0.0", Section::expose,
     "The address on which TCP ports of clients are opened; * is every address.",
     [](Text text, Draft& d) { return store(parse_listen_host(text), exposed(d).bind); }},
    {"TOWLINE_EXPOSE_PORTS", "1024-65535", Section::expose,
     "The TCP ports that clients may have: a range, or none.",
     [](Text text, Draft& d) { return store(expose_ports(text), exposed(d).names.ports); }},
    {"TOWLINE_EXPOSE_NAMES", "requested", Section::expose,
     "Who says how a host is called: requested (the client), random, stable (the fingerprint of its key), "
     "dns "
     "(the client, and the TXT record _towline.NAME with that fingerprint).",
     [](Text text, Draft& d) { return store(parse_word(text, name_policies), exposed(d).names.policy); }},
    {"TOWLINE_EXPOSE_SAME_NAME", "balance", Section::expose,
     "What happens when a second client offers what another one does: balance, replace (the newest has it), "
     "refuse.",
     [](Text text, Draft& d) { return store(parse_word(text, same_names), exposed(d).directory.same_name); }},
    {"TOWLINE_EXPOSE_BALANCE", "random", Section::expose,
     "Which of several clients a visitor is sent to: random, round-robin, ip-hash, least.",
     [](Text text, Draft& d) { return store(parse_word(text, balances), exposed(d).directory.balance); }},
    {"TOWLINE_EXPOSE_ALLOW", "http,tcp,alias,sni", Section::expose,
     "What clients may offer: http, tcp, alias, sni, separated by commas. permitlisten= narrows it for a "
     "key.",
     [](Text text, Draft& d) { return store(expose_kinds(text), exposed(d).names.allowed); }},
    {"TOWLINE_EXPOSE_QUOTA", "0", Section::expose,
     "How much one key may offer at a time, or one user name without a key. 0 = any number.",
     [](Text text, Draft& d) { return store(quota(text), exposed(d).directory.quota); }},
    {"TOWLINE_EXPOSE_RATE", "0", Section::expose,
     "Bytes per second of one key, each way, also as 512k or 10M: more has to wait. 0 = any number.",
     [](Text text, Draft& d) { return store(bytes_per_second(text), exposed(d).visitors.rate); }},
    {"TOWLINE_EXPOSE_POOL", "1024", Section::expose, "Connections at a time to one forward of a client.",
     [](Text text, Draft& d) { return store(visitor_count(text), exposed(d).directory.pool_max); }},
    {"TOWLINE_EXPOSE_PER_IP", "64", Section::expose,
     "Connections at a time of one visitor: an IPv4 address or one IPv6 network of 64 bits.",
     [](Text text, Draft& d) { return store(visitor_count(text), exposed(d).visitors.per_address_max); }},
    {"TOWLINE_EXPOSE_ALLOW_FROM", "", Section::expose,
     "The addresses and networks visitors may come from, separated by commas. Unset: all.",
     [](Text text, Draft& d) { return store(networks(text), exposed(d).visitors.allow_from); }},
    {"TOWLINE_EXPOSE_DENY_FROM", "", Section::expose,
     "Those they may not come from, whatever else is allowed.",
     [](Text text, Draft& d) { return store(networks(text), exposed(d).visitors.deny_from); }},
    {"TOWLINE_EXPOSE_FORCE_HTTPS", "false", Section::expose, "Visitors that come by HTTP are sent to HTTPS.",
     [](Text text, Draft& d) { return store(parse_boolean(text), exposed(d).force_https); }},
    {"TOWLINE_EXPOSE_HSTS", "0", Section::expose,
     "For how many seconds browsers are to come by HTTPS only (Strict-Transport-Security): 31536000 is a "
     "year. "
     "0 = not said.",
     [](Text text, Draft& d) { return store(hsts_age(text), exposed(d).hsts); }},
    {"TOWLINE_EXPOSE_CLIENT_LOG", "true", Section::expose,
     "Whether a client sees in its session which requests it gets.",
     [](Text text, Draft& d) { return store(parse_boolean(text), exposed(d).client_log); }},
    {"TOWLINE_EXPOSE_OPEN_TIMEOUT", "15s", Section::expose, "How long a client may take to accept a visitor.",
     [](Text text, Draft& d) { return store(parse_positive_duration(text), exposed(d).open_timeout); }},
};

}  // namespace

std::span<const Field> expose_fields() { return expose_rows; }

}  // namespace towline::config
