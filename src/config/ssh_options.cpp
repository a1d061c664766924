#include "config/ssh_options.hpp"

#include "config/path_text.hpp"
#include "config/shell_words.hpp"
#include "text/pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace towline::config {

namespace {

// "Key=value", "Key value", "Key = value"; the value may stand in quotation marks of its own.
struct KeyValue {
  std::string_view key;
  std::string_view value;
};

KeyValue split_key_value(std::string_view text) {
  text = trimmed(text);
  const auto key = text.substr(0, text.find_first_of("= \t"));
  auto value = trimmed(text.substr(key.size()));
  if (value.starts_with('=')) value = trimmed(value.substr(1));
  if (value.size() >= 2 && value.front() == '"' && value.find('"', 1) == value.size() - 1) {
    value = value.substr(1, value.size() - 2);
  }
  return {key, value};
}

constexpr std::string_view hidden = "***";

// People put keys and passwords where a path belongs.
bool takes_path(std::string_view name) { return name.ends_with("File") || name == "IdentityAgent"; }

// "-e ***", "SetEnv=***"; "-N" stays.
std::string without_value(const std::string& name, const std::string& written) {
  if (written == name) return name;
  return name + (name.starts_with('-') ? ' ' : '=') + std::string(hidden);
}

// "-e ***", "-i '/a key'", "-o SetEnv=***", "-o 'Ciphers=a b'".
std::string as_words(const std::string& name, const std::string& safe) {
  if (!name.starts_with('-')) return "-o " + shell_word(safe);
  return safe == name ? name : name + ' ' + shell_word(safe.substr(name.size() + 1));
}

// What a refused option may say all the same.
bool is_harmless(std::string_view name, std::string_view value) {
  constexpr std::array words = {"no", "none", "off", "false"};
  if (std::ranges::any_of(words, [&](auto word) { return equal_ignoring_case(value, word); })) return true;
  if (name == "Protocol") return value == "2";
  if (name == "SessionType") return equal_ignoring_case(value, "default");
  if (name == "PermitRemoteOpen") return equal_ignoring_case(value, "any");
  return false;
}

class Parser {
 public:
  explicit Parser(Reading& reading) : reading_(reading) {}

  // `text`: where the words come from.
  SshOptions parse(std::vector<std::string> words, std::string_view text) {
    words_ = std::move(words);
    while (at_ < words_.size()) {
      const std::string word = words_[at_++];
      if (word == "--") continue;
      if (word.size() > 1 && word.starts_with('-')) {
        cluster(word);
      } else {
        positional(word);
      }
    }
    result_.shown = anything_hidden_ ? shown_ : std::string(text);
    return std::move(result_);
  }

 private:
  void complain(std::string wrong, std::string right) {
    result_.complaints.emplace_back(std::move(wrong), std::move(right));
  }

  // What follows a value that is hidden may be the rest of it.
  void positional(const std::string& word) {
    const auto shown = after_hidden_ ? std::string(hidden) : word;
    complain("holds " + quoted_value(shown) + ", which is not an option",
             "SSH_REMOTE_HOST names the server, and commands are not run; in a compose list write it without "
             "quotation marks (- SSH_OPTIONS=-o Key=value), and none that are backslashed either");
  }

  // "-N", "-fNT", "-p2222", "-Cp 2222", "-oKey=value".
  void cluster(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name{'-', word[i]};
      const auto* flag = find_ssh_flag(word[i]);
      const bool has_argument = word[i] == 'o' || (flag && flag->has_argument());
      if (!flag && !has_argument) {
        after_hidden_ = true;
        complain(quoted_value(name) + " is not an option of ssh", "see ssh(1)");
        return;
      }
      if (!has_argument) {
        option(name, flag->keyword, flag->value, name);
        continue;
      }
      auto argument = word.substr(i + 1);
      if (argument.empty() && at_ == words_.size()) {
        complain(quoted_value(name) + " needs an argument", "write it behind");
        return;
      }
      if (argument.empty()) argument = words_[at_++];
      if (word[i] == 'o') {
        keyword(argument);
      } else {
        std::string written = name;
        written.append(" ").append(argument);
        option(name, flag->keyword, argument, written);
      }
      return;
    }
  }

  void keyword(const std::string& text) {
    const auto [key, value] = split_key_value(text);
    const std::string name(key);
    if (name.starts_with('-') || !find_ssh_option(name)) return unknown(name);
    if (value.empty()) return complain(quoted_value(text) + " has no value", "write -o Key=value");
    option(name, key, value, name + '=' + std::string(value));
  }

  void unknown(const std::string& name) {
    after_hidden_ = true;
    complain(quoted_value(name) + " is not an option of ssh (bad configuration option)", "see ssh_config(5)");
  }

  // `name` as it is called in a complaint; `written` with its value.
  void option(const std::string& name, std::string_view key, std::string_view value,
              const std::string& written) {
    const auto* row = find_ssh_option(key);
    if (!row) return unknown(name);
    const bool harmless = is_harmless(row->name, value);
    // A value that has no meaning here may be a secret (SetEnv, ProxyCommand).
    const auto safe = row->read || harmless ? written : without_value(name, written);
    after_hidden_ = safe != written;
    anything_hidden_ |= after_hidden_;
    shown_ += (shown_.empty() ? "" : " ") + as_words(name, safe);
    if (row->treatment == Treatment::refused && !harmless) {
      return complain(quoted_value(safe) + " is not available", std::string(row->text));
    }
    if (!row->read) return ignore(printable(name));
    const bool no_file = row->treatment == Treatment::gathered && equal_ignoring_case(value, "none");
    if (no_file && takes_path(row->name)) return;
    if (auto complaint = read(*row, value)) {
      const auto named = takes_path(row->name) ? without_value(name, written) : safe;
      return complain(quoted_value(named) + ' ' + complaint->wrong, std::move(complaint->right));
    }
    if (row->treatment == Treatment::outranked)
      result_.outranked.push_back({printable(written), std::string(row->text)});
  }

  void ignore(const std::string& name) {
    auto& names = result_.ignored;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }

  // A value that does not stand must be right all the same.
  std::optional<Complaint> read(const SshOption& row, std::string_view value) {
    Draft unused;
    const bool again = row.treatment == Treatment::honoured && result_.taken.contains(row.name);
    const auto variable = variable_that_decides(row);
    const bool stands = !again && variable.empty() && row.treatment != Treatment::outranked;
    auto complaint = row.read(value, stands ? reading_.draft : unused);
    if (complaint) return complaint;
    if (stands) result_.taken.insert(row.name);
    if (!variable.empty()) result_.yielding[&row] = variable;
    return std::nullopt;
  }

  std::string_view variable_that_decides(const SshOption& row) const {
    if (row.treatment == Treatment::outranked) return {};
    for (auto names = row.text; !names.empty();) {
      const auto name = text::take_listed(names);
      if (reading_.is_written(name)) return name;
    }
    return {};
  }

  Reading& reading_;
  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::string shown_;
  bool after_hidden_ = false;
  bool anything_hidden_ = false;
  SshOptions result_;
};

constexpr const char* ssh_options_variable = "SSH_OPTIONS";

// What the options say about files, and what is said about the options.
class Applying {
 public:
  Applying(SshOptions options, Reading& reading, const InspectFile& inspect, Findings& findings)
      : options_(std::move(options)),
        reading_(reading),
        draft_(reading.draft),
        inspect_(inspect),
        findings_(findings) {}

  void apply() {
    connection();
    credentials();
    known_hosts();
    log_level();
    report();
    reading_.show(ssh_options_variable, options_.shown);
  }

 private:
  bool took(const char* option) const { return options_.taken.contains(option); }

  void warn(std::string text) { findings_.warn(ssh_options_variable, std::move(text)); }

  // A file that is not there counts for nothing, as for ssh; one that cannot be read is a problem.
  bool exists(const std::string& option, const std::string& path) {
    const auto facts = inspect_(path);
    if (facts.kind == FileKind::absent) {
      const auto showable = showable_path(path, inspect_);
      warn(option + ": there is no " + (showable.empty() ? "such file" : printable(showable)));
      if (showable != path) hide(path);
      return false;
    }
    return check_file(ssh_options_variable, path, inspect_, findings_);
  }

  // What is no path may be a password.
  void hide(const std::string& text) {
    for (auto at = options_.shown.find(text); at != std::string::npos; at = options_.shown.find(text, at + 3))
      options_.shown.replace(at, text.size(), "***");
  }

  void connection() {
    auto& ssh = draft_.config.ssh;
    if (took("HostName")) {
      const auto& host = draft_.servers.front().host;
      warn("HostName: the server is " + host + ", whatever SSH_REMOTE_HOST says");
      reading_.show("SSH_REMOTE_HOST", host, Source::ssh_options);
    }
    if (took("ConnectTimeout")) {
      const auto limit = std::chrono::duration_cast<std::chrono::seconds>(ssh.connect_timeout);
      reading_.show("SSH_CONNECT_TIMEOUT", std::to_string(limit.count()) + 's', Source::ssh_options);
    }
    if (!draft_.unavailable_algorithms.empty())
      warn("not available and left out: " + joined(draft_.unavailable_algorithms));
  }

  void credentials() {
    auto& credentials = draft_.config.ssh.credentials;
    std::erase_if(credentials.keys, [&](const auto& key) { return !exists("IdentityFile", key.file); });
    const auto& certificates = draft_.certificate_files;
    if (certificates.empty()) return;
    if (exists("CertificateFile", certificates.front()))
      credentials.certificate = {.file = certificates.front(), .text = {}};
    if (certificates.size() > 1) warn("CertificateFile: only the first is used");
  }

  // As in jnovack/autossh, a known_hosts file that is there wins over one that is named here.
  void known_hosts() {
    const auto is_null = [&](const auto& path) { return inspect_(path).kind == FileKind::null_device; };
    auto& files = draft_.config.ssh.host_key.known_hosts_files;
    std::erase_if(files,
                  [&](const auto& path) { return is_null(path) || !exists("GlobalKnownHostsFile", path); });
    if (!took("UserKnownHostsFile")) return;
    if (inspect_(draft_.known_hosts_file).kind != FileKind::absent) {
      options_.yielding[find_ssh_option("UserKnownHostsFile")] = draft_.known_hosts_file;
      return;
    }
    bool first = true;
    for (const auto& path : draft_.user_known_hosts_files) {
      if (!is_null(path) && !exists("UserKnownHostsFile", path)) continue;
      // The first decides about strictness, as SSH_KNOWN_HOSTS_FILE would.
      if (std::exchange(first, false)) {
        draft_.known_hosts_file = path;
        reading_.show("SSH_KNOWN_HOSTS_FILE", path, Source::ssh_options);
      } else if (!is_null(path)) {
        files.push_back(path);
      }
    }
  }

  void log_level() {
    if (!took("LogLevel") && !took("-v")) return;
    auto& level = draft_.config.log.log_level;
    if (!took("LogLevel")) level = draft_.verbose > 1 ? observe::Level::trace : observe::Level::debug;
    reading_.show("TOWLINE_LOG_LEVEL", to_string(level), Source::ssh_options);
  }

  void report() {
    for (const auto& [wrong, right] : options_.complaints)
      findings_.refuse(ssh_options_variable, wrong, right);
    if (options_.quotes_stripped) {
      warn(
          "the quotation marks around the whole value were taken off; the image jnovack/autossh ignored "
          "every option of such a value");
    }
    if (const auto lost = what_loses(); !lost.empty()) warn("without effect: " + joined(lost));
    if (!options_.ignored.empty()) warn("without a meaning in towline: " + joined(options_.ignored));
  }

  // -v does not count beside a LogLevel, which stands before it in the table.
  std::vector<std::string> what_loses() const {
    std::vector<std::string> texts;
    const auto add = [&](std::string_view option, std::string_view decides) {
      texts.push_back(std::string(option) + " (" + std::string(decides) + " decides)");
    };
    for (const auto& [option, variable] : options_.outranked) add(option, variable);
    std::string_view before;
    for (const auto& [row, decides] : options_.yielding) {
      if (decides != before) add(row->name, decides);
      before = decides;
    }
    return texts;
  }

  SshOptions options_;
  Reading& reading_;
  Draft& draft_;
  const InspectFile& inspect_;
  Findings& findings_;
};

}  // namespace

SshOptions parse_ssh_options(std::string_view text, Reading& reading) {
  const auto inside = without_enclosing_quotes(text);
  auto words = split_shell_words(inside.value_or(text));
  SshOptions options;
  if (words) {
    options = Parser(reading).parse(*std::move(words), text);
  } else {
    options.complaints.push_back(std::move(words).error());
  }
  options.quotes_stripped = inside.has_value();
  return options;
}

void apply_ssh_options(Reading& reading, const InspectFile& inspect, Findings& findings) {
  Applying(parse_ssh_options(reading.draft.ssh_options, reading), reading, inspect, findings).apply();
}

}  // namespace towline::config
