#include "config/fields.hpp"

#include <string>

namespace towline::config {

namespace {

Parsed<int> alive_count(std::string_view text) { return parse_number(text, 0, 1000); }

// autossh(1): -1 is for ever.
Parsed<std::optional<int>> max_start(std::string_view text) {
  if (text == "-1") return std::optional<int>();
  const auto number = parse_number(text, 0, 1'000'000);
  if (!number) return Complaint{number.error().wrong, "write a number from 0 to 1000000, or -1 for no limit"};
  return std::optional(*number);
}

struct ExitOn {
  bool host_key = false;
  bool auth = false;
};

std::optional<Complaint> exit_on(std::string_view text, Draft& draft) {
  constexpr Words<ExitOn, 2> words{{{"host_key", {true, false}}, {"auth", {false, true}}}};
  for (const auto entry : split_list(text)) {
    const auto word = parse_word(entry, words);
    if (!word)
      return Complaint{"is not a list of known words", "write host_key, auth, or both with a comma between"};
    draft.config.reconnect.exit_on_host_key |= word->host_key;
    draft.config.reconnect.exit_on_auth |= word->auth;
  }
  return std::nullopt;
}

Parsed<observe::ReadyPolicy> ready_policy(std::string_view text) {
  using observe::ReadyPolicy;
  if (equal_ignoring_case(text, "all")) return ReadyPolicy{ReadyPolicy::Rule::all, 0};
  if (equal_ignoring_case(text, "any")) return ReadyPolicy{ReadyPolicy::Rule::any, 0};
  const auto number = parse_number(text, 0, 1'000'000);
  if (!number) return Complaint{"is not a rule", "write all, any, or a number of forwards from 1 up"};
  return ReadyPolicy{ReadyPolicy::Rule::at_least, static_cast<std::size_t>(*number)};
}

Parsed<admin::ControlOptions> control_listen(std::string_view text) {
  if (text.starts_with('/')) {
    auto path = parse_socket_path(text);
    if (!path) return std::move(path).error();
    return admin::ControlOptions{{}, *std::move(path)};
  }
  auto where = parse_listen_address(text);
  if (where && *where && !is_loopback((*where)->host)) {
    return Complaint{"is not a loopback address: who reaches this port can stop towline",
                     "write 127.0.0.1:port, [::1]:port or the path of a socket"};
  }
  if (!where) {
    return Complaint{"is not an address to listen on",
                     "write 127.0.0.1:port, [::1]:port, the path of a socket, or off"};
  }
  return admin::ControlOptions{*std::move(where), {}};
}

Parsed<observe::Level> log_level(std::string_view text) { return parse_word(text, observe::level_words); }

Parsed<observe::LogFormat> log_format(std::string_view text) {
  using observe::LogFormat;
  constexpr Words<LogFormat, 5> words{{{"text", LogFormat::text},
                                       {"json", LogFormat::json},
                                       {"gcp", LogFormat::gcp},
                                       {"logfmt", LogFormat::logfmt},
                                       {"github", LogFormat::github}}};
  return parse_word(text, words);
}

// syslog(3): 3 is LOG_ERR, 4 LOG_WARNING, 7 LOG_DEBUG. autossh is silent below 3, towline never hides an
// error.
Parsed<observe::Level> syslog_level(std::string_view text) {
  using observe::Level;
  const auto number = parse_number(text, 0, 7);
  if (!number) return std::move(number).error();
  if (*number <= 3) return Level::error;
  if (*number == 4) return Level::warn;
  return *number == 7 ? Level::debug : Level::info;
}

// autossh(1): set to anything.
Parsed<bool> presence(std::string_view) { return true; }

using Text = std::string_view;

constexpr Field operation_rows[] = {
    {"SSH_CONNECT_TIMEOUT", "15s", Section::session,
     "Limit for one attempt, from the name look-up to the end of authentication; also for the server's "
     "answer to a request to listen.",
     [](Text text, Draft& d) { return store(parse_positive_duration(text), d.config.ssh.connect_timeout); }},
    {.name = "SSH_SERVER_ALIVE_INTERVAL",
     .default_text = "10",
     .section = Section::session,
     .help =
         "Send a keepalive after this long without data from the server, or from a client of -S. 0 = off.",
     .apply = [](Text text,
                 Draft& d) { return store(parse_duration(text), d.config.ssh.keepalive.interval); },
     .alias = "SERVER_ALIVE_INTERVAL"},
    {.name = "SSH_SERVER_ALIVE_COUNT_MAX",
     .default_text = "3",
     .section = Section::session,
     .help = "Declare the server, or a client of -S, dead after interval x (count + 1) without data from it. "
             "0 = never.",
     .apply = [](Text text, Draft& d) { return store(alive_count(text), d.config.ssh.keepalive.count_max); },
     .alias = "SERVER_ALIVE_COUNT_MAX"},
    {"TOWLINE_BACKOFF_MAX", "60s", Section::session, "Longest pause between two attempts to connect.",
     [](Text text, Draft& d) {
       return store(parse_positive_duration(text), d.config.reconnect.backoff_max);
     }},
    {"TOWLINE_EXIT_ON", "", Section::session,
     "Failures that end towline instead of being retried: host_key (exit code 76), auth (77), or both, "
     "separated by a comma.",
     exit_on},
    {"AUTOSSH_GATETIME", "0", Section::session,
     "If the first attempt fails within this time, towline exits with 69. 0 = retry for ever.",
     [](Text text, Draft& d) { return store(parse_duration(text), d.config.reconnect.gate_time); }},
    {"AUTOSSH_POLL", "", Section::session, "The same as TOWLINE_BACKOFF_MAX, which takes precedence.",
     [](Text text, Draft& d) { return store(parse_positive_duration(text), d.autossh_poll); }},
    {"AUTOSSH_MAXSTART", "-1", Section::session,
     "Number of attempts to connect after which towline exits with 69. -1 = no limit.",
     [](Text text, Draft& d) { return store(max_start(text), d.config.reconnect.max_start); }},
    {"AUTOSSH_MAXLIFETIME", "0", Section::session, "towline exits after this long. 0 = never.",
     [](Text text, Draft& d) { return store(parse_duration(text), d.config.reconnect.max_lifetime); }},

    {"TOWLINE_ADMIN_LISTEN", "127.0.0.1:9022", Section::operation,
     "Address of /livez, /readyz and /metrics, or off. The image sets 0.0.0.0:9022.",
     [](Text text, Draft& d) { return store(parse_listen_address(text), d.config.admin.listen); }},
    {"TOWLINE_CONTROL_LISTEN", "off", Section::operation,
     "Where towline takes commands over HTTP (stop, reload, reconnect, log level): a loopback address, the "
     "path of a unix socket, or off.",
     [](Text text, Draft& d) { return store(control_listen(text), d.config.control); }},
    {"TOWLINE_READY_POLICY", "all", Section::operation,
     "How many of the required forwards must be up for towline to be ready: all, any or a number.",
     [](Text text, Draft& d) { return store(ready_policy(text), d.config.ready); }},
    {"TOWLINE_LOG_LEVEL", "info", Section::operation, "error, warn, info, debug or trace.",
     [](Text text, Draft& d) { return store(log_level(text), d.config.log.log_level); }},
    {"TOWLINE_LOG_FORMAT", "text", Section::operation,
     "text, json, gcp (JSON as Google's Cloud Logging reads it), logfmt or github (annotations of GitHub "
     "Actions); one line for each event, on stderr.",
     [](Text text, Draft& d) { return store(log_format(text), d.config.log.log_format); }},
    {"TOWLINE_ACCESS_LOG", "false", Section::operation,
     "true: log each connection at info when it opens and closes, with client, target, bytes each way, "
     "duration and reason.",
     [](Text text, Draft& d) { return store(parse_boolean(text), d.main.access_log); }},
    {"TOWLINE_RUN_KEEP_SECRETS", "false", Section::operation,
     "true: the program of `towline run` is given SSH_KEY, SSH_KEY_PASSPHRASE, SSH_PASSWORD and "
     "TOWLINE_HOST_KEY too.",
     [](Text text, Draft& d) { return store(parse_boolean(text), d.config.app.run_keeps_secrets); }},
    {"TOWLINE_SHUTDOWN_DELAY", "0", Section::operation,
     "How long new connections are still accepted after SIGTERM, while /readyz is already 503.",
     [](Text text, Draft& d) { return store(parse_duration(text), d.config.app.shutdown_delay); }},
    {"TOWLINE_DRAIN_TIMEOUT", "8s", Section::operation,
     "How long open connections may take to finish after SIGTERM. 0 = cut them at once.",
     [](Text text, Draft& d) { return store(parse_duration(text), d.config.app.drain_timeout); }},
    {"TOWLINE_STRICT_ENV", "false", Section::operation,
     "true: an unknown SSH_ or AUTOSSH_ variable is an error, not a warning.",
     [](Text text, Draft& d) { return store(parse_boolean(text), d.strict_env); }},
    {"AUTOSSH_LOGLEVEL", "", Section::operation,
     "A syslog level: 0 to 3 error, 4 warn, 5 and 6 info, 7 debug. TOWLINE_LOG_LEVEL takes precedence.",
     [](Text text, Draft& d) { return store(syslog_level(text), d.autossh_loglevel); }},
    {"AUTOSSH_DEBUG", "", Section::operation,
     "Set to anything: level debug. TOWLINE_LOG_LEVEL takes precedence.",
     [](Text text, Draft& d) { return store(presence(text), d.autossh_debug); }},
    {"AUTOSSH_PIDFILE", "", Section::operation,
     "Path of a file to write the process id to. A write failure is logged and otherwise ignored.",
     [](Text text, Draft& d) { return store(parse_path(text), d.config.app.pid_file); }},
};

}  // namespace

std::span<const Field> operation_fields() { return operation_rows; }

}  // namespace towline::config
