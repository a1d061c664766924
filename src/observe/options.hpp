#pragma once

namespace towline::observe {

enum class Level { error, warn, info, debug, trace };
enum class LogFormat { text, json, logfmt, github };

struct Options {
  Level log_level = Level::info;
  LogFormat log_format = LogFormat::text;
};

}  // namespace towline::observe
