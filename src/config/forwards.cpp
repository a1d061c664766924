#include "config/forwards.hpp"

#include "config/forward_spec.hpp"
#include "config/problem.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace towline::config {

namespace {

using forward::ForwardSpec;
using forward::Mode;
using forward::ProxyProtocol;

constexpr std::size_t name_stem_max = 58;  // leaves room for "-2" and so on within parse_name's 63
constexpr std::string_view blanks_in_line = " \t\r\v\f";

struct Entry {
  std::string where;  // "line 3", "line 3, entry 2"
  std::string_view text;
};

std::string_view without_comment(std::string_view line) {
  for (auto at = line.find('#'); at != line.npos; at = line.find('#', at + 1)) {
    if (at == 0 || blanks_in_line.find(line[at - 1]) != blanks_in_line.npos) return line.substr(0, at);
  }
  return line;
}

void split_line(std::string_view line, std::size_t number, std::vector<Entry>& entries) {
  const std::string where = "line " + std::to_string(number);
  const bool several = trimmed(line).find(';') != line.npos;
  for (std::size_t nth = 1;; ++nth) {
    const auto end = std::min(line.find(';'), line.size());
    const auto entry = trimmed(line.substr(0, end));
    if (!entry.empty()) {
      entries.push_back({several ? where + ", entry " + std::to_string(nth) : where, entry});
    }
    if (end == line.size()) return;
    line.remove_prefix(end + 1);
  }
}

std::vector<Entry> split_entries(std::string_view text) {
  std::vector<Entry> entries;
  for (std::size_t number = 1;; ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    split_line(without_comment(text.substr(0, end)), number, entries);
    if (end == text.size()) return entries;
    text.remove_prefix(end + 1);
  }
}

// Cuts the first word off.
std::string_view next_word(std::string_view& text) {
  text = trimmed(text);
  const auto word = text.substr(0, text.find_first_of(blanks_in_line));
  text.remove_prefix(word.size());
  text = trimmed(text);
  return word;
}

std::optional<Mode> mode_of(std::string_view flag) {
  if (flag.starts_with("-L")) return Mode::local;
  if (flag.starts_with("-R")) return Mode::remote;
  if (flag.starts_with("-D")) return Mode::dynamic;
  if (flag.starts_with("-S")) return Mode::share;
  return std::nullopt;
}

char mode_letter_of(Mode mode) {
  switch (mode) {
    case Mode::local: return 'L';
    case Mode::remote: return 'R';
    case Mode::dynamic: return 'D';
    case Mode::share:
    case Mode::expose: break;
  }
  return 'S';
}

Parsed<ProxyProtocol> parse_proxy_protocol(std::string_view text) {
  constexpr Words<ProxyProtocol, 3> words{
      {{"v1", ProxyProtocol::v1}, {"v2", ProxyProtocol::v2}, {"off", ProxyProtocol::none}}};
  return parse_word(text, words);
}

std::optional<Complaint> set_option(std::string_view name, std::string_view value, ForwardLine& line) {
  if (name == "required") return store(parse_boolean(value.empty() ? "true" : value), line.spec.required);
  if (name == "max_connections") return store(parse_number(value, 1, 1'000'000), line.max_connections);
  if (name == "idle_timeout") {
    if (line.spec.mode == Mode::share)
      return Complaint{"is not for -S, whose clients stay as long as they like", "leave it out"};
    return store(parse_duration(value), line.idle_timeout);
  }
  if (name == "probe") {
    if (line.spec.mode == Mode::dynamic || line.spec.mode == Mode::share) {
      const std::string letter(1, mode_letter_of(line.spec.mode));
      return Complaint{"is not for -" + letter + ", which has no target", "leave it out"};
    }
    return store(parse_probe(value), line.probe);
  }
  if (name == "proxy_protocol") {
    if (line.spec.mode != Mode::remote) return Complaint{"is only for -R", "leave it out"};
    return store(parse_proxy_protocol(value), line.spec.proxy_protocol);
  }
  return Complaint{"is not an option of a forward",
                   "write one of: required, max_connections, idle_timeout, probe, proxy_protocol"};
}

std::optional<Complaint> set_options(std::string_view text, ForwardLine& line) {
  while (!text.empty()) {
    const auto word = next_word(text);
    const auto equals = word.find('=');
    const auto value = equals == word.npos ? std::string_view() : word.substr(equals + 1);
    auto complaint = set_option(word.substr(0, equals), value, line);
    if (complaint) return Complaint{quoted_value(word) + ' ' + complaint->wrong, complaint->right};
  }
  return std::nullopt;
}

Parsed<ForwardLine> parse_entry(std::string_view text, Hosts hosts) {
  Complaint no_flag{quoted_value(text) + " does not begin with -L, -R, -D or -S",
                    "write [name=]-L [bind:]port:host:hostport, and so on"};
  auto flag = next_word(text);
  std::string name;
  if (!flag.starts_with('-')) {
    const auto equals = flag.find('=');
    if (equals == flag.npos) return no_flag;
    auto parsed = parse_name(flag.substr(0, equals));
    if (!parsed)
      return Complaint{quoted_value(flag.substr(0, equals)) + ' ' + parsed.error().wrong,
                       parsed.error().right};
    name = *std::move(parsed);
    flag.remove_prefix(equals + 1);
    if (flag.empty()) flag = next_word(text);
  }
  const auto mode = mode_of(flag);
  if (!mode) return no_flag;
  const auto written = flag.size() > 2 ? flag.substr(2) : next_word(text);
  if (written.empty()) return Complaint{quoted_value(flag) + " is not followed by an address", no_flag.right};
  auto spec = parse_forward_spec(*mode, written, hosts);
  if (!spec) return Complaint{quoted_value(written) + ' ' + spec.error().wrong, spec.error().right};
  ForwardLine line{*std::move(spec), {}, {}, {}};
  line.spec.name = std::move(name);
  if (auto complaint = set_options(text, line)) return *std::move(complaint);
  return line;
}

// "L8080", "L-db.sock"
std::string stem_of(const ForwardSpec& spec) {
  const std::string letter(1, mode_letter_of(spec.mode));
  if (spec.listen_path.empty()) return letter + std::to_string(spec.listen.port);
  std::string stem = letter + '-' + spec.listen_path.substr(spec.listen_path.rfind('/') + 1);
  stem.resize(std::min(stem.size(), name_stem_max));
  std::ranges::replace_if(stem, [](char c) { return !parse_name({&c, 1}) && c != '.' && c != '-'; }, '_');
  return stem;
}

}  // namespace

ForwardLines parse_forwards(std::string_view text, Hosts hosts) {
  ForwardLines lines;
  std::set<std::string> names;
  for (const auto& [where, entry] : split_entries(text)) {
    auto line = parse_entry(entry, hosts);
    if (!line) {
      lines.complaints.emplace_back(where + ": " + line.error().wrong, line.error().right);
    } else if (!line->spec.name.empty() && !names.insert(line->spec.name).second) {
      lines.complaints.emplace_back(where + ": the name " + quoted_value(line->spec.name) + " is taken",
                                    "give each forward a name of its own");
    } else {
      lines.forwards.push_back(*std::move(line));
    }
  }
  return lines;
}

void give_names(std::vector<ForwardSpec>& forwards) {
  std::set<std::string> taken;
  for (const auto& spec : forwards) taken.insert(spec.name);
  for (auto& spec : forwards) {
    if (!spec.name.empty()) continue;
    const auto stem = stem_of(spec);
    spec.name = stem;
    for (int number = 2; !taken.insert(spec.name).second; ++number) {
      spec.name = stem + '-' + std::to_string(number);
    }
  }
}

std::string spec_text(const ForwardSpec& spec) {
  const auto text = [](const net::HostPort& where, const std::string& path) {
    if (!path.empty()) return path;
    return where.host.empty() ? "*:" + std::to_string(where.port) : net::to_string(where);
  };
  const auto listen = text(spec.listen, spec.listen_path);
  if (spec.mode == Mode::expose) return "expose " + listen;
  auto there = std::string("-") + mode_letter_of(spec.mode) + ' ' + listen;
  if (spec.mode == Mode::dynamic || spec.mode == Mode::share) return there;
  return there + ':' + text(spec.connect, spec.connect_path);
}

Parsed<std::optional<forward::ProbeSpec>> parse_probe(std::string_view text) {
  constexpr std::string_view http = "http:";
  // A request line is cut at blanks and line ends (RFC 9112 section 3).
  const auto unfit = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == '\x7F'; };
  if (equal_ignoring_case(text, "off")) return std::optional<forward::ProbeSpec>();
  if (equal_ignoring_case(text, "tcp"))
    return std::optional(forward::ProbeSpec{.kind = forward::ProbeSpec::Kind::tcp, .path = {}});
  if (equal_ignoring_case(text, "banner")) {
    return std::optional(forward::ProbeSpec{.kind = forward::ProbeSpec::Kind::banner, .path = {}});
  }
  if (equal_ignoring_case(text.substr(0, http.size()), http)) {
    const auto path = text.substr(http.size());
    if (path.starts_with('/') && !path.starts_with("//") && std::ranges::none_of(path, unfit)) {
      return std::optional(
          forward::ProbeSpec{.kind = forward::ProbeSpec::Kind::http, .path = std::string(path)});
    }
    return Complaint{"names no path to ask for", "write http:/path; host and port are those of the target"};
  }
  return Complaint{"is not a probe", "write tcp, banner, http:/path or off"};
}

}  // namespace towline::config
