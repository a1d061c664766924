#include "ssh/auth/server/key_options.hpp"

#include "net/host_port.hpp"
#include "text/pattern.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <iterator>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t option_name_shown_max = 40;
// No file has as many; each is compared with what a stranger asks for.
constexpr std::size_t permitted_forwards_max = 1'024;
constexpr std::size_t principals_of_line_max = 256;
constexpr std::size_t forward_host_octets_max = 1'024;  // NI_MAXHOST, less its zero

// One option, as it stands in the line.
struct Option {
  std::string name;                  // in lower case
  std::optional<std::string> value;  // without its quotes
};

// Takes the value behind "=" off the front of `text`; nothing where it is not in quotes, or they do not end.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::string value;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      text.remove_prefix(at + 1);
      return value;
    }
    // A backslash is one, but for that of \".
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '"') ++at;
    value += text[at];
  }
  return std::nullopt;
}

std::string quoted_name(std::string_view name) {
  return '"' + text::one_line(name, option_name_shown_max) + '"';
}

// A decimal number without anything beside it.
std::optional<unsigned> number_from(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string add_forward(std::string_view name, std::string_view text, std::vector<PermittedForward>& rules) {
  std::string problem = std::string(name) + " needs a host and a port";
  std::string_view host;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos) return problem;
    host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
  } else if (name == "permitlisten" && text.find(':') == text.npos) {
    // A bare port is one of any host.
    host = "*";
  } else {
    host = text.substr(0, text.find_first_of(":/"));
    text.remove_prefix(host.size());
  }
  const bool bare_port = host == "*" && !text.starts_with(':') && name == "permitlisten";
  if (!bare_port && !text.starts_with(':')) return problem;
  if (!bare_port) text.remove_prefix(1);
  if (host.size() > forward_host_octets_max) return problem;
  PermittedForward rule{std::string(host), {}};
  if (text != "*") {
    rule.port = net::parse_port(text);
    if (!rule.port || *rule.port == 0) return problem;
  }
  if (rules.size() == permitted_forwards_max) return "there is too much of " + std::string(name);
  rules.push_back(std::move(rule));
  return {};
}

std::string set_command(const std::string& value, KeyOptions& options) {
  if (options.permissions.command) return "command= stands there twice";
  options.permissions.command = value;
  return {};
}

std::string set_from(const std::string& value, KeyOptions& options) {
  if (options.from) return "from= stands there twice";
  return AddressPatterns::parse(value, AddressPatterns::Form::from, options.from.emplace());
}

std::string set_expiry(const std::string& value, KeyOptions& options) {
  const auto time = parse_expiry_time(value);
  if (!time) return "expiry-time= needs YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, and Z behind it for UTC";
  options.expiry = std::min(options.expiry.value_or(*time), *time);
  return {};
}

std::string set_principals(const std::string& value, KeyOptions& options) {
  if (!options.principals.empty()) return "principals= stands there twice";
  for (std::string_view rest = value; !rest.empty();) {
    const auto name = text::take_listed(rest);
    if (!name.empty()) options.principals.emplace_back(name);
  }
  if (options.principals.empty()) return "principals= names nobody";
  if (options.principals.size() > principals_of_line_max) return "principals= names too many";
  return {};
}

// Nothing of ours has an environment or a tun(4) device: looked at, so that a typo is found, and not kept.
std::string look_at_environment(const std::string& value, KeyOptions&) {
  const auto name = std::string_view(value).substr(0, value.find('='));
  const bool whole = name.size() < value.size() && !name.empty();
  const bool named = std::ranges::all_of(name, [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  return whole && named ? "" : "environment= needs NAME=value";
}

std::string look_at_tunnel(const std::string& value, KeyOptions&) {
  return value == "any" || number_from(value) ? "" : "tunnel= needs the number of a device";
}

std::string add_open(const std::string& value, KeyOptions& options) {
  return add_forward("permitopen", value, options.permissions.open);
}

std::string add_listen(const std::string& value, KeyOptions& options) {
  return add_forward("permitlisten", value, options.permissions.listen);
}

struct ValueRow {
  std::string_view name;
  std::string (*set)(const std::string& value, KeyOptions& options);
};

constexpr ValueRow value_rows[] = {
    {"command", set_command},       {"environment", look_at_environment},
    {"expiry-time", set_expiry},    {"from", set_from},
    {"permitlisten", add_listen},   {"permitopen", add_open},
    {"principals", set_principals}, {"tunnel", look_at_tunnel},
};

// Permitted by the name alone, forbidden with "no-" in front.
struct FlagRow {
  std::string_view name;
  bool Permissions::* flag;  // nullptr: without effect here
};

constexpr FlagRow flag_rows[] = {
    {"agent-forwarding", &Permissions::agent_forwarding},
    {"port-forwarding", &Permissions::port_forwarding},
    {"pty", &Permissions::pty},
    {"touch-required", nullptr},  // of security keys, which are refused by their type
    {"user-rc", nullptr},
    {"verify-required", nullptr},
    {"x11-forwarding", &Permissions::x11_forwarding},
};

// Whether there is such a flag.
bool set_flag(std::string_view name, KeyOptions& options) {
  auto& permissions = options.permissions;
  if (name == "cert-authority") return options.cert_authority = true;
  if (name == "restrict") {
    for (const auto& row : flag_rows) {
      if (row.flag) permissions.*row.flag = false;
    }
    return true;
  }
  const bool negated = name.starts_with("no-");
  if (negated) name.remove_prefix(3);
  const auto* row = std::ranges::find(flag_rows, name, &FlagRow::name);
  if (row == std::end(flag_rows)) return false;
  if (row->flag) permissions.*row->flag = !negated;
  return true;
}

std::string take_option(std::string_view& text, KeyOptions& options) {
  const auto name = text::lower_case(text.substr(0, text.find_first_of("=,")));
  text.remove_prefix(name.size());
  if (!text.starts_with('=')) {
    if (name.empty() || set_flag(name, options))
      return {};  // nothing between two commas is nothing for sshd too
    const bool has_value = std::ranges::find(value_rows, name, &ValueRow::name) != std::end(value_rows);
    return has_value ? name + " needs a value: " + name + "=\"…\""
                     : "the option " + quoted_name(name) + " is not known here";
  }
  const auto* row = std::ranges::find(value_rows, name, &ValueRow::name);
  if (row == std::end(value_rows)) return "the option " + quoted_name(name + '=') + " is not known here";
  text.remove_prefix(1);
  const auto value = take_quoted(text);
  if (!value) return "the value of " + name + " has to be in quotes";
  return row->set(*value, options);
}

bool is_leap(unsigned year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

bool is_in_calendar(const std::array<unsigned, 6>& parts) {
  constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto [year, month, day, hour, minute, second] = parts;
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return false;
  return day <= days.at(month - 1) + (month == 2 && is_leap(year) ? 1 : 0);
}

}  // namespace

std::optional<std::size_t> options_length(std::string_view line) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < line.size() && (quoted || (line[at] != ' ' && line[at] != '\t')); ++at) {
    if (line[at] == '\\' && at + 1 < line.size() && line[at + 1] == '"')
      ++at;
    else if (line[at] == '"')
      quoted = !quoted;
  }
  if (quoted) return std::nullopt;
  return at;
}

std::string parse_key_options(std::string_view text, KeyOptions& options) {
  while (!text.empty()) {
    if (auto problem = take_option(text, options); !problem.empty()) return problem;
    if (text.empty()) break;
    if (!text.starts_with(',')) return "there is something behind an option that is not a comma";
    text.remove_prefix(1);
  }
  if (!options.principals.empty() && !options.cert_authority)
    return "principals= is for a line with cert-authority";
  return {};
}

std::optional<std::uint64_t> parse_expiry_time(std::string_view text) {
  const auto lower = text::lower_case(text);
  const bool utc = lower.ends_with('z') || lower.ends_with("utc");
  if (utc) text.remove_suffix(lower.ends_with('z') ? 1 : 3);
  if (text.size() != 8 && text.size() != 12 && text.size() != 14) return std::nullopt;
  std::array<unsigned, 6> parts{};
  for (std::size_t i = 0, at = 0; at < text.size(); ++i) {
    const std::size_t width = i == 0 ? 4 : 2;
    const auto number = number_from(text.substr(at, width));
    if (!number) return std::nullopt;
    parts.at(i) = *number;
    at += width;
  }
  if (!is_in_calendar(parts)) return std::nullopt;
  std::tm time{};
  time.tm_year = static_cast<int>(parts[0]) - 1900;
  time.tm_mon = static_cast<int>(parts[1]) - 1;
  time.tm_mday = static_cast<int>(parts[2]);
  time.tm_hour = static_cast<int>(parts[3]);
  time.tm_min = static_cast<int>(parts[4]);
  time.tm_sec = static_cast<int>(parts[5]);
  time.tm_isdst = -1;
  const auto seconds = utc ? ::timegm(&time) : std::mktime(&time);
  if (seconds <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(seconds);
}

}  // namespace towline::ssh
