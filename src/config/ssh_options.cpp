#include "config/ssh_options.hpp"

#include "config/problem.hpp"
#include "config/shell_words.hpp"
#include "config/ssh_option_table.hpp"

#include <algorithm>
#include <array>
#include <optional>
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

// A value that has no meaning here may be a secret (SetEnv, ProxyCommand).
bool is_read(const SshOption& option) {
  return option.treatment == Treatment::honoured || option.treatment == Treatment::outranked;
}

// People put keys and passwords where a path belongs.
bool takes_path(std::string_view name) { return name.ends_with("File") || name == "IdentityAgent"; }

// "-e ***", "SetEnv=***"; "-N" stays.
std::string without_value(const std::string& name, const std::string& written) {
  if (written == name) return name;
  return name + (name.starts_with('-') ? ' ' : '=') + std::string(hidden);
}

std::string quoted_word(const std::string& word) {
  return word.find(' ') == std::string::npos ? word : '\'' + word + '\'';
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
    complain("holds " + config::quoted(shown) + ", which is not an option",
             "SSH_REMOTE_HOST names the server, and commands are not run; in a compose list write it without "
             "quotation marks (- SSH_OPTIONS=-o Key=value), and none that are backslashed either");
  }

  // "-N", "-fNT", "-p2222", "-Cp 2222", "-oKey=value".
  void cluster(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name{'-', word[i]};
      const auto* flag = find_ssh_flag(word[i]);
      const bool has_argument = word[i] == 'o' || (flag && flag->has_argument);
      if (!flag && !has_argument) {
        after_hidden_ = true;
        complain(config::quoted(name) + " is not an option of ssh", "see ssh(1)");
        return;
      }
      if (!has_argument) {
        option(name, flag->keyword, flag->value, name);
        continue;
      }
      auto argument = word.substr(i + 1);
      if (argument.empty() && at_ == words_.size()) {
        complain(config::quoted(name) + " needs an argument", "write it behind");
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
    if (value.empty()) return complain(config::quoted(text) + " has no value", "write -o Key=value");
    option(name, key, value, name + '=' + std::string(value));
  }

  void unknown(const std::string& name) {
    after_hidden_ = true;
    complain(config::quoted(name) + " is not an option of ssh (bad configuration option)",
             "see ssh_config(5)");
  }

  // `name` as it is called in a complaint; `written` with its value.
  void option(const std::string& name, std::string_view key, std::string_view value,
              const std::string& written) {
    const auto* row = find_ssh_option(key);
    if (!row) return unknown(name);
    const auto safe = is_read(*row) ? written : without_value(name, written);
    after_hidden_ = safe != written;
    anything_hidden_ |= after_hidden_;
    shown_ += (shown_.empty() ? "" : " ") + (name.starts_with('-') ? safe : "-o " + quoted_word(safe));
    if (row->treatment == Treatment::refused && !is_harmless(row->name, value)) {
      return complain(config::quoted(safe) + " is not available", std::string(row->text));
    }
    if (auto complaint = read_ssh_option(key, value, result_.settings)) {
      const auto named = takes_path(row->name) ? without_value(name, written) : safe;
      return complain(config::quoted(named) + ' ' + complaint->wrong, std::move(complaint->right));
    }
    if (row->treatment == Treatment::outranked) {
      result_.outranked.push_back({printable(written), std::string(row->text)});
    } else if (row->treatment != Treatment::honoured &&
               std::ranges::find(result_.ignored, name) == result_.ignored.end()) {
      result_.ignored.push_back(printable(name));
    }
  }

  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::string shown_;
  bool after_hidden_ = false;
  bool anything_hidden_ = false;
  SshOptions result_;
};

}  // namespace

SshOptions parse_ssh_options(std::string_view text) {
  const auto inside = without_enclosing_quotes(text);
  auto words = split_shell_words(inside.value_or(text));
  SshOptions options;
  if (words) {
    options = Parser().parse(*std::move(words), text);
  } else {
    options.complaints.push_back(std::move(words).error());
  }
  options.quotes_stripped = inside.has_value();
  return options;
}

}  // namespace towline::config
