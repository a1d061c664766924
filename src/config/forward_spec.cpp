#include "config/forward_spec.hpp"

#include "config/problem.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace towline::config {

namespace {

using forward::ForwardSpec;
using forward::Mode;

// ssh(1): what binds when no address is written, for -R too.
constexpr const char* default_bind = "localhost";

using Parts = std::vector<std::string_view>;

bool is_path(std::string_view part) { return part.starts_with('/'); }

// "8080/db/5432", the syntax ssh had for IPv6 before brackets; not "8080:/sock" and not "/sock:…".
bool is_slash_form(std::string_view text) {
  return !is_path(text) && text.find('/') != text.npos && text.find(":/") == text.npos;
}

// Brackets stay on their address. Nothing for a bracket that is not closed.
std::optional<Parts> split_parts(std::string_view text, Hosts hosts) {
  const char separator = hosts == Hosts::addresses && is_slash_form(text) ? '/' : ':';
  Parts parts;
  for (;;) {
    std::size_t end = 0;
    if (text.starts_with('[')) {
      end = text.find(']');
      if (end == text.npos) return std::nullopt;
      ++end;
      if (end < text.size() && text[end] != separator) return std::nullopt;
    } else {
      end = std::min(text.find(separator), text.size());
    }
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view without_brackets(std::string_view text) {
  return text.starts_with('[') ? text.substr(1, text.size() - 2) : text;
}

std::string usage(Mode mode) {
  switch (mode) {
    case Mode::dynamic: return "write [bind:]port";
    case Mode::share:
    case Mode::expose: return "write [bind:]port, or the path of a socket";
    case Mode::local: return "write [bind:]port:host:hostport, an IPv6 address in brackets";
    case Mode::remote: break;
  }
  return "write [bind:]port:host:hostport, an IPv6 address in brackets";
}

// Takes the parts one after the other; the first complaint stays.
class Builder {
 public:
  explicit Builder(Mode mode, Hosts hosts = Hosts::addresses) : mode_(mode), hosts_(hosts) {
    spec_.name.clear();
    spec_.mode = mode;
    spec_.listen.host = default_bind;
    spec_.both_loopbacks = mode == Mode::remote && hosts == Hosts::addresses;
    if (mode == Mode::dynamic || mode == Mode::share) spec_.connect = {};
  }

  Builder& bind(std::string_view text) {
    spec_.both_loopbacks = false;
    auto host = text.empty()    ? Parsed<std::string>(std::string())
                : is_verbatim() ? parse_published_host(without_brackets(text))
                                : parse_listen_host(text);
    if (host) {
      spec_.listen.host = *std::move(host);
    } else {
      complain("binds " + quoted_value(text) + ", which is not an address");
    }
    return *this;
  }
  Builder& port(std::string_view text) {
    if (const auto port = net::parse_port(text)) {
      spec_.listen.port = *port;
    } else {
      complain("listens on " + quoted_value(text) + ", which is not a port");
    }
    return *this;
  }
  Builder& listen_path(std::string_view text) {
    spec_.listen = {};
    return path(text, spec_.listen_path);
  }
  Builder& connect_path(std::string_view text) {
    spec_.connect = {};
    return path(text, spec_.connect_path);
  }
  Builder& target(std::string_view host, std::string_view port) {
    auto parsed_host = parse_connect_host(host);
    const auto parsed_port = parse_connect_port(port);
    if (!parsed_host) {
      complain("connects to " + quoted_value(host) + ", which is not a host");
    } else if (!parsed_port) {
      complain("connects to port " + quoted_value(port) + ", which is not a port");
    } else {
      spec_.connect = {*std::move(parsed_host), *parsed_port};
    }
    return *this;
  }

  Parsed<ForwardSpec> take() {
    if (complaint_) return *std::move(complaint_);
    return std::move(spec_);
  }

 private:
  Builder& path(std::string_view text, std::string& member) {
    auto parsed = parse_socket_path(text);
    if (parsed) {
      member = *std::move(parsed);
    } else {
      complain("names a socket whose path " + parsed.error().wrong);
    }
    return *this;
  }
  bool is_verbatim() const { return mode_ == Mode::remote && hosts_ == Hosts::verbatim; }
  void complain(std::string wrong) {
    if (!complaint_) complaint_ = Complaint{std::move(wrong), usage(mode_)};
  }

  Mode mode_;
  Hosts hosts_;
  ForwardSpec spec_;
  std::optional<Complaint> complaint_;
};

// Of -D and -S, which have no target.
Parsed<ForwardSpec> listener_spec(Mode mode, const Parts& parts) {
  Builder build(mode);
  const bool path = is_path(parts[0]);
  if (parts.size() == 1 && path && mode == Mode::share) return build.listen_path(parts[0]).take();
  if (parts.size() == 1 && !path) return build.port(parts[0]).take();
  if (parts.size() == 2 && !path) return build.bind(parts[0]).port(parts[1]).take();
  return Complaint{"is not an address to listen on", usage(mode)};
}

Complaint without_target(Mode mode) {
  if (mode == Mode::remote) {
    return {"asks for a SOCKS server that listens on the other side, which towline does not have",
            "name a target: port:host:hostport; for SOCKS on this side use -D"};
  }
  return {"names no target", usage(mode)};
}

// Flags of ssh(1) that take no argument. Those without an effect on a forward that is alone in its process
// and has an explicit address to bind; and those that do have one in ssh.
constexpr std::string_view silent_flags = "NTngfqvakx";
constexpr std::string_view ignored_flags = "46C";

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const auto word = text.substr(0, text.find_first_of(" \t\r\n\v\f"));
    words.push_back(word);
    text.remove_prefix(word.size());
  }
  return words;
}

std::optional<Mode> mode_letter(char letter) {
  switch (letter) {
    case 'R': return Mode::remote;
    case 'L': return Mode::local;
    case 'D': return Mode::dynamic;
    case 'S': return Mode::share;
    default: return std::nullopt;
  }
}

std::optional<Mode> mode_word(std::string_view word) {
  for (const auto name : {"r", "remote", "reverse"}) {
    if (equal_ignoring_case(word, name)) return Mode::remote;
  }
  for (const auto name : {"l", "local"}) {
    if (equal_ignoring_case(word, name)) return Mode::local;
  }
  for (const auto name : {"d", "dynamic"}) {
    if (equal_ignoring_case(word, name)) return Mode::dynamic;
  }
  for (const auto name : {"s", "share"}) {
    if (equal_ignoring_case(word, name)) return Mode::share;
  }
  if (equal_ignoring_case(word, "expose")) return Mode::expose;
  return std::nullopt;
}

struct Word {
  std::optional<Mode> mode;
  std::string ignored;
};

// "-R", "-Ng", "-NL", "reverse". A direction takes an argument in ssh, so it can only be the last letter.
std::optional<Word> parse_flags(std::string_view word) {
  if (!word.starts_with('-')) {
    const auto mode = mode_word(word);
    return mode ? std::optional(Word{mode, {}}) : std::nullopt;
  }
  word.remove_prefix(1);
  if (word.empty()) return std::nullopt;
  Word found;
  if (const auto mode = mode_letter(word.back())) {
    found.mode = mode;
    word.remove_suffix(1);
  }
  for (const char flag : word) {
    if (ignored_flags.find(flag) != std::string_view::npos) {
      found.ignored += std::string(found.ignored.empty() ? "-" : " -") + flag;
    } else if (silent_flags.find(flag) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  return found;
}

// What people paste behind -D and -S: "1080", "0.0.0.0:1080". A path has SSH_BIND_IP.
std::optional<net::HostPort> address_behind(const ModeWords& words, std::string_view text) {
  const bool takes_one = words.mode == Mode::dynamic || words.mode == Mode::share;
  if (!takes_one || words.listen) return std::nullopt;
  auto spec = parse_forward_spec(words.mode, text);
  return spec && spec->listen_path.empty() ? std::optional(spec->listen) : std::nullopt;
}

}  // namespace

Parsed<std::string> parse_published_host(std::string_view text) {
  constexpr std::size_t length_max = 255;
  const auto unfit = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; };
  if (text == "\"\"") return std::string();
  if (text.size() <= length_max && std::ranges::none_of(text, unfit)) return std::string(text);
  return Complaint{"is not a name that a service can be asked for", "write one line of at most 255 bytes"};
}

Parsed<ForwardSpec> parse_forward_spec(Mode mode, std::string_view text, Hosts hosts) {
  const auto split = split_parts(text, mode == Mode::remote ? hosts : Hosts::addresses);
  if (!split) return Complaint{"has a bracket that is not closed", usage(mode)};
  const Parts& part = *split;
  if (mode == Mode::dynamic || mode == Mode::share) return listener_spec(mode, part);
  Builder build(mode, hosts);
  switch (part.size()) {
    case 1: return without_target(mode);
    case 2:
      if (!is_path(part[1])) return without_target(mode);
      if (is_path(part[0])) return build.listen_path(part[0]).connect_path(part[1]).take();
      return build.port(part[0]).connect_path(part[1]).take();
    case 3:
      if (is_path(part[0])) return build.listen_path(part[0]).target(part[1], part[2]).take();
      if (is_path(part[2])) return build.bind(part[0]).port(part[1]).connect_path(part[2]).take();
      return build.port(part[0]).target(part[1], part[2]).take();
    case 4: return build.bind(part[0]).port(part[1]).target(part[2], part[3]).take();
    default: return Complaint{"has too many parts", usage(mode)};
  }
}

Parsed<ModeWords> parse_mode(std::string_view text) {
  const std::string right = "write -R (remote), -L (local), -D (dynamic), -S (share) or expose";
  ModeWords words;
  bool directed = false;
  for (const auto written : split(text)) {
    const auto word = parse_flags(written);
    if (!word) {
      words.listen = directed ? address_behind(words, written) : std::nullopt;
      if (words.listen) continue;
      const bool alone = written.size() == trimmed(text).size();
      return Complaint{
          alone ? "is not a direction" : "holds " + quoted_value(written) + ", which is not a direction",
          right + "; addresses have variables of their own, or stand in SSH_FORWARDS"};
    }
    if (directed && word->mode && words.mode != *word->mode) return Complaint{"names two directions", right};
    if (word->mode) words.mode = *word->mode;
    directed = directed || word->mode.has_value();
    if (!word->ignored.empty()) words.ignored += (words.ignored.empty() ? "" : " ") + word->ignored;
  }
  if (!directed) return Complaint{"names no direction", right};
  return words;
}

}  // namespace towline::config
