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

// What a terminal would obey is shown instead: "\n", "\x1b".
void append_visible(std::string& out, std::string_view text, bool quoted) {
  while (!text.empty()) {
    const text::Utf8Step step = text::next_code_point(text);
    const char c = text.front();
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (!step.valid || text::is_control(step.code_point)) {
      for (std::size_t i = 0; i < step.length; ++i)
        append_hex(out, "\\x%02x", static_cast<unsigned char>(text[i]));
    } else {
      if (quoted && (c == '"' || c == '\\')) out += '\\';
      out.append(text.substr(0, step.length));
    }
    text.remove_prefix(step.length);
  }
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  while (!text.empty()) {
    const text::Utf8Step step = text::next_code_point(text);
    const char c = text.front();
    if (!step.valid || text::is_control(step.code_point) || c == ' ' || c == '"' || c == '=' || c == '\\')
      return true;
    text.remove_prefix(step.length);
  }
  return false;
}

void append_word(std::string& out, std::string_view text) {
  if (!needs_quotes(text)) {
    out.append(text);
    return;
  }
  out += '"';
  append_visible(out, text, true);
  out += '"';
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const text::Utf8Step step = text::next_code_point(text);
    const char c = text.front();
    if (!step.valid) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (text::is_control(step.code_point)) {
      append_hex(out, "\\u%04x", static_cast<unsigned>(step.code_point));
    } else {
      out.append(text.substr(0, step.length));
    }
    text.remove_prefix(step.length);
  }
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

  void operator()(std::string_view text) const {
    json ? append_json_string(out, text) : append_word(out, text);
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

constexpr std::string_view padded_upper(Level level) {
  switch (level) {
    case Level::error: return "ERROR";
    case Level::warn: return "WARN ";
    case Level::info: return "INFO ";
    case Level::debug: return "DEBUG";
    case Level::trace: return "TRACE";
  }
  return "?    ";
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

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::error: return "error";
    case Level::warn: return "warn";
    case Level::info: return "info";
    case Level::debug: return "debug";
    case Level::trace: return "trace";
  }
  return "unknown";
}

std::string render_fields(LogFormat format, std::span<const Field> fields) {
  const bool json = format == LogFormat::json || format == LogFormat::gcp;
  std::string out;
  for (const Field& field : fields) {
    if (json) {
      out += ',';
      append_json_string(out, field.key);
      out += ':';
    } else {
      out += ' ';
      out += field.key;
      out += '=';
    }
    std::visit(AppendValue{out, json}, field.value);
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
  out += '\n';
  return out;
}

}  // namespace towline::observe
