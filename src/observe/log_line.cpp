#include "observe/log_line.hpp"

#include "text/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace towline::observe {

namespace {

void append_hex(std::string& out, const char* pattern, unsigned value) {
  std::array<char, 16> text{};
  const int length = std::snprintf(text.data(), text.size(), pattern, value);
  out.append(text.data(), static_cast<std::size_t>(length));
}

constexpr std::string_view ellipsis = "…";
constexpr std::size_t line_max = 4096;  // with its newline
constexpr std::size_t message_max = 640;

// Each character as `append_one` shows it, in at most `bytes_max` bytes, the last of them "…" where there is
// more.
template <class AppendOne>
void append_shortened(std::string& out, std::string_view text, std::size_t bytes_max, AppendOne append_one) {
  const auto end = out.size() + bytes_max - ellipsis.size();
  while (!text.empty()) {
    const text::Utf8Step step = text::next_code_point(text);
    const auto before = out.size();
    append_one(out, text.substr(0, step.length), step);
    text.remove_prefix(step.length);
    if (out.size() <= end) continue;
    out.resize(before);
    out += ellipsis;
    return;
  }
}

// What a terminal would obey is shown instead: "\n", "\x1b".
void append_visible(std::string& out, std::string_view text, bool quoted,
                    std::size_t bytes_max = message_max) {
  append_shortened(out, text, bytes_max,
                   [quoted](std::string& to, std::string_view one, text::Utf8Step step) {
                     const char c = one.front();
                     if (c == '\n') {
                       to += "\\n";
                     } else if (c == '\r') {
                       to += "\\r";
                     } else if (c == '\t') {
                       to += "\\t";
                     } else if (!step.valid || text::is_unsafe(step.code_point)) {
                       for (const char byte : one)
                         append_hex(to, "\\x%02x", static_cast<unsigned char>(byte));
                     } else {
                       if (quoted && (c == '"' || c == '\\')) to += '\\';
                       to += one;
                     }
                   });
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  while (!text.empty()) {
    const text::Utf8Step step = text::next_code_point(text);
    const char c = text.front();
    if (!step.valid || text::is_unsafe(step.code_point) || c == ' ' || c == '"' || c == '=' || c == '\\')
      return true;
    text.remove_prefix(step.length);
  }
  return false;
}

void append_word(std::string& out, std::string_view text, std::size_t bytes_max = message_max) {
  const bool quoted = needs_quotes(text);
  if (quoted) out += '"';
  append_visible(out, text, quoted, bytes_max);
  if (quoted) out += '"';
}

void append_json_string(std::string& out, std::string_view text, std::size_t bytes_max = message_max) {
  out += '"';
  append_shortened(out, text, bytes_max, [](std::string& to, std::string_view one, text::Utf8Step step) {
    const char c = one.front();
    if (!step.valid) {
      to += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (c == '\n') {
      to += "\\n";
    } else if (step.code_point > 0xffff && text::is_unsafe(step.code_point)) {
      append_hex(to, "\\u%04x", 0xd7c0U + (static_cast<unsigned>(step.code_point) >> 10U));
      append_hex(to, "\\u%04x", 0xdc00U + (static_cast<unsigned>(step.code_point) & 0x3ffU));
    } else if (text::is_unsafe(step.code_point)) {
      append_hex(to, "\\u%04x", static_cast<unsigned>(step.code_point));
    } else {
      to += one;
    }
  });
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(text.data(), end);
}

struct AppendValue {
  std::string& out;
  bool json;
  std::size_t text_max;

  void operator()(std::string_view text) const {
    json ? append_json_string(out, text, text_max) : append_word(out, text, text_max);
  }
  void operator()(bool yes) const { out += yes ? "true" : "false"; }
  void operator()(double number) const {
    if (json && !std::isfinite(number)) {
      out += "null";
    } else {
      append_number(out, number);
    }
  }
  template <std::integral T>
  void operator()(T number) const {
    append_number(out, number);
  }
};

// "WARN ", in the width of the longest.
std::string padded_upper(Level level) {
  std::string text(to_string(level));
  for (char& letter : text) letter = static_cast<char>(letter - 'a' + 'A');
  text.resize(5, ' ');
  return text;
}

// GitHub's workflow commands: '%' and line ends are escaped in data, ':' and ',' in properties as well. Line
// ends are gone by now.
std::string github_escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || (property && (c == ':' || c == ','))) {
      append_hex(out, "%%%02X", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

// The runner still obeys its old commands, "##[error]…", anywhere in a line (actions/runner, ActionCommand).
std::string without_old_commands(std::string text) {
  for (auto at = text.find("##["); at != std::string::npos; at = text.find("##[", at))
    text.replace(at, 3, "#\\x23[");
  return text;
}

// The part of the program that speaks: "ssh" of "ssh.connected".
std::string_view logger(const LogLine& line) { return line.event.substr(0, line.event.find('.')); }

std::string render_text(const LogLine& line) {
  std::string out = rfc3339(line.time);
  out += ' ';
  out += padded_upper(line.level);
  out += ' ';
  out += line.event;
  if (!line.message.empty()) out += ' ';
  append_visible(out, line.message, false);
  out += line.rendered_fields;
  return out;
}

std::string render_json(const LogLine& line) {
  std::string out = R"({"time":")" + rfc3339(line.time) + R"(","level":")";
  out += to_string(line.level);
  out += R"(","event":)";
  append_json_string(out, line.event);
  out += R"(,"msg":)";
  append_json_string(out, line.message);
  out += R"(,"logger":)";
  append_json_string(out, logger(line));
  out += line.rendered_fields;
  out += '}';
  return out;
}

// "Structured logging" and LogSeverity in the documentation of Cloud Logging, which knows nothing below
// DEBUG.
constexpr std::string_view severity(Level level) {
  switch (level) {
    case Level::error: return "ERROR";
    case Level::warn: return "WARNING";
    case Level::info: return "INFO";
    case Level::debug:
    case Level::trace: return "DEBUG";
  }
  return "DEFAULT";
}

std::string render_gcp(const LogLine& line) {
  std::string out = R"({"severity":")";
  out += severity(line.level);
  out += R"(","message":)";
  append_json_string(out, line.message);
  out += R"(,"time":")" + rfc3339(line.time) + R"(","event":)";
  append_json_string(out, line.event);
  out += R"(,"logger":)";
  append_json_string(out, logger(line));
  out += line.rendered_fields;
  out += '}';
  return out;
}

std::string render_logfmt(const LogLine& line) {
  std::string out = "time=" + rfc3339(line.time) + " level=";
  out += to_string(line.level);
  out += " event=";
  append_word(out, line.event);
  out += " msg=";
  append_word(out, line.message);
  out += " logger=";
  append_word(out, logger(line));
  out += line.rendered_fields;
  return out;
}

std::string render_github(const LogLine& line) {
  std::string text;
  append_visible(text, line.message, false);
  text += line.rendered_fields;
  switch (line.level) {
    case Level::error:
      return "::error title=" + github_escaped(line.event, true) + "::" + github_escaped(text, false);
    case Level::warn:
      return "::warning title=" + github_escaped(line.event, true) + "::" + github_escaped(text, false);
    case Level::info: return without_old_commands(render_text(line));
    case Level::debug:
    case Level::trace:
      return "::debug::" + github_escaped(line.event, false) + " " + github_escaped(text, false);
  }
  return text;
}

// What github's escapes have made too long; a line of JSON never is.
void cut(std::string& line) {
  auto end = line_max - 1 - ellipsis.size();
  while ((static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80U) --end;
  const auto escape = line.rfind('%', end);
  if (escape != std::string::npos && escape + 3 > end) end = escape;
  line.resize(end);
  line += ellipsis;
}

bool is_json(LogFormat format) { return format == LogFormat::json || format == LogFormat::gcp; }

void append_field(std::string& out, LogFormat format, const Field& field, std::size_t text_max) {
  if (is_json(format)) {
    out += ',';
    append_json_string(out, field.key);
    out += ':';
  } else {
    out += ' ';
    out += field.key;
    out += '=';
  }
  std::visit(AppendValue{out, is_json(format), text_max}, field.value);
}

}  // namespace

std::string render_fields(LogFormat format, std::span<const Field> fields, std::size_t bytes_max) {
  std::string out;
  // The longest texts give way first.
  for (const std::size_t text_max : std::initializer_list<std::size_t>{line_max, 1024, 512, 256, 128, 64}) {
    out.clear();
    for (const Field& field : fields) append_field(out, format, field, text_max);
    if (out.size() <= bytes_max) return out;
  }
  out.clear();
  for (const Field& field : fields) {
    const auto before = out.size();
    append_field(out, format, field, ellipsis.size() + 1);
    if (out.size() > bytes_max) {
      out.resize(before);
      break;
    }
  }
  return out;
}

std::string render(LogFormat format, const LogLine& line) {
  std::string out;
  switch (format) {
    case LogFormat::text: out = render_text(line); break;
    case LogFormat::json: out = render_json(line); break;
    case LogFormat::gcp: out = render_gcp(line); break;
    case LogFormat::logfmt: out = render_logfmt(line); break;
    case LogFormat::github: out = render_github(line); break;
  }
  if (out.size() >= line_max) cut(out);
  out += '\n';
  return out;
}

}  // namespace towline::observe
