#include "config/fields.hpp"

#include <utility>

namespace towline::config {

namespace {

// A row's Apply: what `parse` makes of the text becomes the member that `member` picks.
template <auto parse, auto member>
std::optional<Complaint> into(std::string_view text, Draft& draft) {
  auto parsed = parse(text);
  if (!parsed) return std::move(parsed).error();
  member(draft) = *std::move(parsed);
  return std::nullopt;
}

Parsed<std::string> remote_host(std::string_view text) {
  if (text.find(',') != std::string_view::npos) {
    return Complaint{"is a list of servers, which is not available in this version", "name one server"};
  }
  return parse_connect_host(text);
}

Parsed<ssh::StrictHostKeyChecking> strict_host_key_checking(std::string_view text) {
  return parse_word(text, strict_host_key_checking_words);
}

Parsed<std::string> anything(std::string_view text) { return std::string(text); }

Parsed<int> alive_count(std::string_view text) { return parse_number(text, 0, 1000); }

Parsed<int> connection_count(std::string_view text) { return parse_number(text, 1, 1'000'000); }

Parsed<observe::Level> log_level(std::string_view text) {
  using observe::Level;
  constexpr Words<Level, 5> words{{{"error", Level::error},
                                   {"warn", Level::warn},
                                   {"info", Level::info},
                                   {"debug", Level::debug},
                                   {"trace", Level::trace}}};
  return parse_word(text, words);
}

Parsed<observe::LogFormat> log_format(std::string_view text) {
  using observe::LogFormat;
  constexpr Words<LogFormat, 2> words{{{"text", LogFormat::text}, {"json", LogFormat::json}}};
  if (equal_ignoring_case(text, "logfmt") || equal_ignoring_case(text, "github")) {
    return not_available("write one of: text, json");
  }
  return parse_word(text, words);
}

constexpr Field table[] = {
    {"SSH_REMOTE_HOST", "localhost", Section::server,
     "Name or address of the SSH server. Resolved at every attempt; all its addresses are tried.",
     into<remote_host, [](Draft& d) -> auto& { return d.config.ssh.server.host; }>},
    {"SSH_REMOTE_PORT", "22", Section::server, "Port of the SSH server.",
     into<parse_connect_port, [](Draft& d) -> auto& { return d.config.ssh.server.port; }>},
    {"SSH_REMOTE_USER", "root", Section::server, "User to log in as.",
     into<parse_user, [](Draft& d) -> auto& { return d.config.ssh.user; }>},
    {"SSH_KEY_FILE", "/id_rsa", Section::server,
     "Path of the private key. Any key type, any mode and any owner that lets towline read it.",
     into<parse_path, [](Draft& d) -> auto& { return d.key_file; }>},

    {"SSH_KNOWN_HOSTS_FILE", "/known_hosts", Section::host_key,
     "Path of the known host keys, as ssh writes them. With /dev/null no host key is checked.",
     into<parse_path, [](Draft& d) -> auto& { return d.known_hosts_file; }>},
    {"SSH_STRICT_HOST_KEY_CHECKING", "", Section::host_key,
     "yes: only known host keys. accept-new: the first key of an unknown server is trusted until towline "
     "ends. "
     "no: no check. Unset: yes if there is a known_hosts file, no if it is /dev/null, else accept-new.",
     into<strict_host_key_checking, [](Draft& d) -> auto& { return d.strict_host_key_checking; }>},
    {"SSH_STRICT_HOST_IP_CHECK", "", Section::host_key,
     "Accepted for compatibility, without effect. It does not disable host key checking.",
     into<anything, [](Draft& d) -> auto& { return d.strict_host_ip_check; }>},

    {"SSH_MODE", "-R", Section::forward,
     "-R (also R, remote, reverse): the server listens and towline connects to the target. -L (also L, "
     "local): "
     "towline listens and the server connects to the target.",
     into<parse_mode, [](Draft& d) -> auto& { return d.mode; }>},
    {"SSH_BIND_IP", "127.0.0.1", Section::forward,
     "Address to listen on: on the server for -R, here for -L. * means every address.",
     into<parse_listen_host, [](Draft& d) -> auto& { return d.main.listen.host; }>},
    {"SSH_TUNNEL_PORT", "0", Section::forward,
     "Port to listen on. 0 with -R: the server chooses. 0 with -L: a free port from 32768 up.",
     into<parse_listen_port, [](Draft& d) -> auto& { return d.main.listen.port; }>},
    {"SSH_TARGET_HOST", "localhost", Section::forward,
     "Where connections go, seen from here for -R and from the server for -L. Resolved for every connection.",
     into<parse_connect_host, [](Draft& d) -> auto& { return d.main.connect.host; }>},
    {"SSH_TARGET_PORT", "22", Section::forward, "Port connections go to.",
     into<parse_connect_port, [](Draft& d) -> auto& { return d.main.connect.port; }>},
    {"SSH_TUNNEL_NAME", "main", Section::forward, "Name of this forward in logs, metrics and /readyz/<name>.",
     into<parse_name, [](Draft& d) -> auto& { return d.main.name; }>},
    {"TOWLINE_MAX_CONNECTIONS", "4096", Section::forward,
     "Connections a forward carries at a time; further ones are refused.",
     into<connection_count, [](Draft& d) -> auto& { return d.main.max_connections; }>},

    {"SSH_CONNECT_TIMEOUT", "15s", Section::session,
     "Limit for one attempt, from the name look-up to the end of authentication.",
     into<parse_positive_duration, [](Draft& d) -> auto& { return d.config.ssh.connect_timeout; }>},
    {"SSH_SERVER_ALIVE_INTERVAL", "10", Section::session,
     "After this long without a byte from the server it is asked for a sign of life. 0 = off.",
     into<parse_duration, [](Draft& d) -> auto& { return d.config.ssh.keepalive.interval; }>},
    {"SSH_SERVER_ALIVE_COUNT_MAX", "3", Section::session,
     "The server is dead after interval x (count + 1) without a byte from it. 0 = never.",
     into<alive_count, [](Draft& d) -> auto& { return d.config.ssh.keepalive.count_max; }>},
    {"TOWLINE_BACKOFF_MAX", "60s", Section::session, "Longest pause between two attempts to connect.",
     into<parse_positive_duration, [](Draft& d) -> auto& { return d.config.reconnect.backoff_max; }>},
    {"AUTOSSH_GATETIME", "0", Section::session,
     "If the first attempt fails within this time, towline gives up with exit code 69. 0 = it tries for "
     "ever.",
     into<parse_duration, [](Draft& d) -> auto& { return d.config.reconnect.gate_time; }>},

    {"TOWLINE_ADMIN_LISTEN", "127.0.0.1:9022", Section::operation,
     "Address of /livez, /readyz and /metrics, or off. The image sets 0.0.0.0:9022.",
     into<parse_listen_address, [](Draft& d) -> auto& { return d.config.admin.listen; }>},
    {"TOWLINE_LOG_LEVEL", "info", Section::operation, "error, warn, info, debug or trace.",
     into<log_level, [](Draft& d) -> auto& { return d.config.log.log_level; }>},
    {"TOWLINE_LOG_FORMAT", "text", Section::operation, "text or json; one line for each event, on stderr.",
     into<log_format, [](Draft& d) -> auto& { return d.config.log.log_format; }>},
    {"TOWLINE_DRAIN_TIMEOUT", "8s", Section::operation,
     "After SIGTERM open connections may take this long to finish. 0 = they are cut at once.",
     into<parse_duration, [](Draft& d) -> auto& { return d.config.app.drain_timeout; }>},
    {"TOWLINE_STRICT_ENV", "false", Section::operation,
     "true: an unknown SSH_ or AUTOSSH_ variable is an error, not a warning.",
     into<parse_boolean, [](Draft& d) -> auto& { return d.strict_env; }>},
};

}  // namespace

std::string_view title(Section section) {
  switch (section) {
    case Section::server: return "The SSH server";
    case Section::host_key: return "The server's host key";
    case Section::forward: return "The forward";
    case Section::session: return "Connecting and staying connected";
    case Section::operation: return "Operation";
  }
  return "";
}

std::span<const Field> fields() { return table; }

}  // namespace towline::config
