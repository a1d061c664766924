#pragma once

namespace towline::observe {

enum class Level { error, warn, info, debug, trace };
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
