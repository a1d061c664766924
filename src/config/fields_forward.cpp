#include "config/fields.hpp"

#include <string>

namespace towline::config {

namespace {

Parsed<int> connection_count(std::string_view text) { return parse_number(text, 1, 1'000'000); }

// Each bad line is a problem of its own: settle() reports them. Only what an env file has quoted is one as a
// whole.
Parsed<ForwardLines> forward_lines(std::string_view text) {
  const bool in_quotes = text.starts_with('"') || text.starts_with('\'');
  if (in_quotes)
    return Complaint{"begins with a quotation mark", "write [name=]-L [bind:]port:host:hostport, and so on"};
  return parse_forwards(text);
}

using Text = std::string_view;

// Version 1 of jnovack/autossh put "*:2222" into ssh's -R as it was.
std::optional<Complaint> tunnel_port(Text text, Draft& draft) {
  const bool address = text.find(':') != text.npos && !is_service_link(text);
  if (address && store(parse_listen_address(text), draft.address_to_listen_on) == std::nullopt)
    return std::nullopt;
  return store(parse_listen_port(text), draft.main.listen.port);
}

std::optional<net::HostPort> host_and_port(Text text) {
  auto address = is_service_link(text) ? std::nullopt : net::parse_host_port(text, 0);
  return address && address->port != 0 && !address->host.empty() ? address : std::nullopt;
}

std::optional<Complaint> target_host(Text text, Draft& draft) {
  draft.address_in_target_host = host_and_port(text);
  if (draft.address_in_target_host) return std::nullopt;
  return store(parse_connect_host(text), draft.main.connect.host);
}

std::optional<Complaint> target_port(Text text, Draft& draft) {
  draft.address_in_target_port = host_and_port(text);
  if (draft.address_in_target_port) return std::nullopt;
  return store(parse_connect_port(text), draft.main.connect.port);
}

constexpr Field forward_rows[] = {
    {"SSH_MODE", "-R", Section::forward,
     "-R (also R, remote, reverse): the server listens and towline connects to the target. -L (also L, "
     "local): towline listens and the server connects to the target. -D (also D, dynamic, -D host:port): "
     "towline listens as a SOCKS proxy. -S (also S, share): towline listens as an SSH server, whose clients "
     "use its session.",
     [](Text text, Draft& d) { return store(parse_mode(text), d.mode); }},
    {"SSH_BIND_IP", "127.0.0.1", Section::forward,
     "Address to listen on: on the server for -R, here for -L, -D and -S. * means all addresses. For -L and "
     "-S, also the path of a unix socket.",
     [](Text text, Draft& d) {
       d.bind_text = text;
       if (!text.starts_with('/')) return store(parse_listen_host(text), d.main.listen.host);
       return store(parse_socket_path(text), d.main.listen_path);
     }},
    {.name = "SSH_TUNNEL_PORT",
     .default_text = "0",
     .section = Section::forward,
     .help =
         "Port to listen on. 0 with -R: the server chooses. 0 with -L, -D and -S: a free port from 32768 up. "
         "Unset with -S: 2222.",
     .apply = tunnel_port,
     .alias = "SSH_TUNNEL_REMOTE"},
    {.name = "SSH_TARGET_HOST",
     .default_text = "localhost",
     .section = Section::forward,
     .help = "Where connections go, as seen from here for -R and from the server for -L. Resolved for every "
             "connection.",
     .apply = target_host,
     .alias = "SSH_TUNNEL_HOST"},
    {.name = "SSH_TARGET_PORT",
     .default_text = "22",
     .section = Section::forward,
     .help = "Port that connections go to.",
     .apply = target_port,
     .alias = "SSH_TUNNEL_LOCAL"},
    {"SSH_TUNNEL_NAME", "main", Section::forward, "Name of this forward in logs, metrics and /readyz/<name>.",
     [](Text text, Draft& d) { return store(parse_name(text), d.main.name); }},

    {"SSH_FORWARDS", "", Section::forwards,
     "Forwards, one per line or separated by ;, as in ssh(1): [name=]-L [bind:]port:host:hostport, likewise "
     "-R, -D [bind:]port, -S [bind:]port or -S /socket; unix sockets and [v6] too. Options may follow: "
     "required=no, max_connections=N, "
     "idle_timeout=T, probe=P, and for -R proxy_protocol=v1 or v2. # begins a comment. The forward of "
     "SSH_MODE is added only if SSH_MODE, SSH_TUNNEL_PORT, SSH_TARGET_HOST or SSH_TARGET_PORT is set.",
     [](Text text, Draft& d) {
       d.forwards_text = text;
       return store(forward_lines(text), d.forwards);
     }},
    {"SSH_PROBE", "off", Section::forwards,
     "Probes every -R and -L forward end to end: tcp (the target accepts), banner (and sends something) or "
     "http:/path (and answers with success).",
     [](Text text, Draft& d) { return store(parse_probe(text), d.main.probe); }},
    {"SSH_PROBE_INTERVAL", "10s", Section::forwards,
     "Time between two probes of a forward, and the limit for an answer (10 s at most).",
     [](Text text, Draft& d) { return store(parse_positive_duration(text), d.probe_interval); }},
    {"TOWLINE_MAX_CONNECTIONS", "4096", Section::forwards,
     "Connections a forward carries at once; more are refused.",
     [](Text text, Draft& d) { return store(connection_count(text), d.main.max_connections); }},
    {"TOWLINE_IDLE_TIMEOUT", "0", Section::forwards,
     "Ends a connection after this long without data; not one of -S. 0 = never.",
     [](Text text, Draft& d) { return store(parse_duration(text), d.main.idle_timeout); }},
    {"TOWLINE_TARGET_TIMEOUT", "60s", Section::forwards,
     "How long a connection waits for its target: for the server's answer with -L and -D, for the target "
     "itself with -R.",
     [](Text text, Draft& d) { return store(parse_positive_duration(text), d.main.target_timeout); }},
    {"TOWLINE_PORT_FILE", "", Section::forwards,
     "Path of a file to write, with a line name=port for each listening forward. github: the files of GitHub "
     "Actions, $GITHUB_OUTPUT and $GITHUB_ENV.",
     [](Text text, Draft& d) { return store(parse_path(text), d.config.app.port_file); }, Holds::path},
};

}  // namespace

std::span<const Field> forward_fields() { return forward_rows; }

}  // namespace towline::config
