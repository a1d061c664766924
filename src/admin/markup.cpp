#include "admin/markup.hpp"

#include "text/utf8.hpp"

#include <array>
#include <cstdio>

namespace towline::admin {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view ellipsis = "\xe2\x80\xa6";     // U+2026

void append_escaped(std::string& out, std::string_view character, const text::Utf8Step& step) {
  if (!step.valid) {
    out += replacement;
    return;
  }
  switch (step.code_point) {
    case '&': out += "&amp;"; return;
    case '<': out += "&lt;"; return;
    case '>': out += "&gt;"; return;
    case '"': out += "&quot;"; return;
    case '\'': out += "&#39;"; return;
    case '\n':
    case '\t': out += ' '; return;
    default: out += text::is_control(step.code_point) ? replacement : character;
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto step = text::next_code_point(text);
    append_escaped(out, text.substr(0, step.length), step);
    text.remove_prefix(step.length);
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t limit) {
  std::string_view rest = text;
  std::string_view kept;
  for (std::size_t length = 0; !rest.empty(); ++length) {
    if (length == limit) return std::string(kept) + std::string(ellipsis);
    if (length + 1 < limit)
      kept = text.substr(0, text.size() - rest.size() + text::next_code_point(rest).length);
    rest.remove_prefix(text::next_code_point(rest).length);
  }
  return std::string(text);
}

std::string bytes(double count) {
  static constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; count >= 1024 && unit + 1 < units.size(); ++unit) count /= 1024;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), unit == 0 || count >= 100 ? "%.0f %s" : "%.1f %s", count,
                units.at(unit));
  return text.data();
}

std::string counted(std::size_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::string fact(std::string_view name, std::string_view value, Width width) {
  return std::string(width == Width::wide ? "<div class=\"wide\">" : "<div>") + "<dt>" + std::string(name) +
         "</dt><dd>" + escaped(value) + "</dd></div>\n";
}

std::string state(std::string_view colour, std::string_view words) {
  return "<span class=\"state " + std::string(colour) + "\">" + escaped(words) + "</span>";
}

}  // namespace towline::admin
