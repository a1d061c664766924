#include "app/help.hpp"

#include "config/describe.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace towline::app {

namespace {

struct Command {
  std::string_view name;
  std::string_view arguments;
  std::string_view brief;
  std::string_view more;  // for who has the time
};

constexpr std::array commands = {
    Command{"up", "", "run until a signal; so does towline without a command", ""},
    Command{"run", "-- CMD ARG", "bring the forwards up, run CMD, end with its exit code",
            "CMD is started once the forwards are ready, with TUNNEL_PORT_<NAME> for each, and without the "
            "secrets of towline's environment. --timeout 60s: how long to wait for them, 0 = for ever."},
    Command{"wait", "", "return when the towline of this container is ready",
            "--timeout 60s: how long to wait, 0 = for ever."},
    Command{"check", "", "test every step to the target, and say what to do",
            "Configuration, name, connection, host key, login, each forward and each target. --json for "
            "programs."},
    Command{"healthcheck", "", "ask the towline of this container: 0 is ready, 1 is not", ""},
    Command{"config", "", "print every setting, where it comes from, and the forwards",
            "--json for programs, --markdown for the table of variables."},
    Command{"version", "", "print what this binary is made of",
            "--json for programs; --licenses: of what is linked in."},
    Command{"help", "", "print this; help VARIABLE: one; help -S: a mode's; --all",
            "--all: every variable. --man: the page of the manual."},
};

struct Example {
  std::string_view title;
  std::string_view line;
};

constexpr std::string_view server = "SSH_REMOTE_HOST=bastion SSH_REMOTE_USER=me SSH_KEY_FILE=key";
constexpr std::array examples = {
    Example{"A database behind the bastion, as port 5432 here:",
            "SSH_FORWARDS='-L 5432:db.internal:5432' towline"},
    Example{"A web server here, as port 8080 of the bastion, tested through the tunnel:",
            "SSH_FORWARDS='web=-R 8080:127.0.0.1:80 probe=tcp' towline"},
    Example{"A job that finds the database at 127.0.0.1:$TUNNEL_PORT_DB:",
            "SSH_FORWARDS='db=-L 0:db.internal:5432' towline run -- make test"},
};

struct Status {
  std::string_view code;
  std::string_view meaning;
};

// docs/commands.md has them with more words.
constexpr std::array statuses = {
    Status{"0", "told to stop, and drained; or AUTOSSH_MAXLIFETIME is over"},
    Status{"1", "healthcheck: not ready"},
    Status{"64", "unknown command or argument"},
    Status{"66", "a named file is missing or cannot be read"},
    Status{"69",
           "gave up, as AUTOSSH_GATETIME, AUTOSSH_MAXSTART or AUTOSSH_MAXLIFETIME say; check: a server "
           "or a target cannot be reached"},
    Status{"70", "internal error"},
    Status{"71", "the limit of open files, or of threads, is too low to start"},
    Status{"73", "a port of towline's own cannot be bound"},
    Status{"75", "the end took too long and was cut short"},
    Status{"76", "wrong host key, with TOWLINE_EXIT_ON=host_key; check: always"},
    Status{"77", "authentication refused, with TOWLINE_EXIT_ON=auth; check: always"},
    Status{"78", "the configuration is wrong"},
    Status{"124", "run, wait: not ready in time"},
    Status{"125", "run: towline failed before the program was started"},
    Status{"126, 127", "run: the program cannot be executed, is not there"},
    Status{"128+n", "a second signal n; run: signal n ended the program, or the wait for the forwards"},
};

std::string call(const Command& command) {
  std::string out(command.name);
  if (!command.arguments.empty()) out += ' ' + std::string(command.arguments);
  return out;
}

std::string in_column(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

// A backslash, a hyphen, and a dot or a quote that begins a line mean something to roff.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string term(std::string_view name, std::string_view text) {
  return ".TP\n.B " + roff(name) + '\n' + roff(text) + '\n';
}

std::string man_variables() {
  std::string out = roff(config::about_variables()) + '\n';
  std::optional<config::Section> section;
  for (const config::Field& field : config::fields()) {
    if (field.section != section) out += ".SS " + roff(config::title(field.section)) + '\n';
    section = field.section;
    out += term(field.name, config::meaning_with_default(field));
  }
  return out;
}

}  // namespace

std::vector<std::string_view> documented_commands() {
  std::vector<std::string_view> names;
  for (const auto& command : commands) names.push_back(command.name);
  return names;
}

std::string help_screen() {
  std::string out =
      "towline keeps SSH tunnels alive. Everything is set by environment variables.\n"
      "\nUsage: towline [COMMAND]\n\n";
  for (const auto& command : commands)
    out += "  " + in_column(call(command), 16) + std::string(command.brief) + '\n';
  out += "\nExamples:\n\n  export " + std::string(server) + "\n\n";
  for (const auto& example : examples)
    out += "  " + std::string(example.title) + "\n    " + std::string(example.line) + '\n';
  return out;
}

std::string help_all() {
  std::string out = help_screen() + "\nOptions:\n";
  for (const auto& command : commands) {
    if (command.more.empty()) continue;
    out += "\n  " + call(command) + '\n' + config::paragraph(command.more, 4);
  }
  return out + '\n' + config::help_text();
}

std::string man_page(std::string_view version) {
  std::string out = ".TH TOWLINE 1 \"\" \"towline " + roff(version) + "\" \"User Commands\"\n";
  out += ".SH NAME\ntowline \\- keeps SSH tunnels alive\n";
  out += ".SH SYNOPSIS\n.B towline\n[\\fICOMMAND\\fR]\n";
  out +=
      ".SH DESCRIPTION\ntowline keeps SSH port forwards alive for programs that live in containers.\n"
      "It is configured by environment variables alone; arguments only choose a command.\n";
  out += ".SH COMMANDS\n";
  for (const auto& command : commands) {
    auto text = std::string(command.brief) + '.';
    if (!command.more.empty()) text += '\n' + std::string(command.more);
    out += term(call(command), text);
  }
  out += ".SH ENVIRONMENT\n" + man_variables();
  out += ".SH EXIT STATUS\n";
  for (const auto& status : statuses) out += term(status.code, status.meaning);
  out += ".SH EXAMPLES\n.nf\n" + roff("export " + std::string(server)) + "\n.fi\n";
  for (const auto& example : examples)
    out += ".PP\n" + roff(example.title) + "\n.PP\n.nf\n.RS\n" + roff(example.line) + "\n.RE\n.fi\n";
  return out + ".SH SEE ALSO\n.BR ssh (1),\n.BR autossh (1)\n";
}

}  // namespace towline::app
