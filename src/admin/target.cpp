#include "admin/target.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace towline::admin {

namespace {

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    if (c != '%') {
      out += plus_is_space && c == '+' ? ' ' : c;
      text.remove_prefix(1);
      continue;
    }
    unsigned char value = 0;
    if (text.size() < 3) return std::nullopt;
    const char* const digits = text.data() + 1;
    const auto [end, error] = std::from_chars(digits, digits + 2, value, 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
    out += static_cast<char>(value);
    text.remove_prefix(3);
  }
  return out;
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  auto path = percent_decoded(target.substr(0, mark), false);
  if (!path) return std::nullopt;

  Target parsed;
  parsed.path = std::move(*path);
  std::string_view query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    if (name == "verbose") parsed.verbose = true;
    const bool wanted = name == "exclude" || name == "level";
    if (wanted && equals != std::string_view::npos) {
      auto value = percent_decoded(parameter.substr(equals + 1), true);
      if (!value) return std::nullopt;
      if (name == "level") {
        parsed.level = std::move(*value);
      } else {
        parsed.excluded.push_back(std::move(*value));
      }
    }
  }
  return parsed;
}

}  // namespace towline::admin
