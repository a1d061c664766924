#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace towline::observe {

enum class Level { error, warn, info, debug, trace };
inline constexpr std::array<std::pair<std::string_view, Level>, 5> level_words{{{"error", Level::error},
                                                                                {"warn", Level::warn},
                                                                                {"info", Level::info},
                                                                                {"debug", Level::debug},
                                                                                {"trace", Level::trace}}};
constexpr std::string_view to_string(Level level) {
  return level_words.at(static_cast<std::size_t>(level)).first;
}

enum class LogFormat {
  text,
  json,
  gcp,  // JSON in the words of Google's Cloud Logging
  logfmt,
  github
};

struct Options {
  Level log_level = Level::info;
  LogFormat log_format = LogFormat::text;
};

}  // namespace towline::observe
