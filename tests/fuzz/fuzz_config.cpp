// Bytes as lines "name=value" of an environment: load() never crashes, and what it says fits on one line.
#include "config/describe.hpp"
#include "config/load.hpp"
#include "expect.hpp"

#include <string>
#include <string_view>

namespace {

using namespace towline::config;
using towline::fuzz::require;

Env environment(std::string_view text) {
  Env::Values values;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) values.emplace(line.substr(0, equals), line.substr(equals + 1));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
  }
  return Env(std::move(values));
}

void require_lines(const Findings& findings) {
  for (const auto& problem : findings.problems) require(to_string(problem).find('\n') == std::string::npos);
  for (const auto& warning : findings.warnings) require(to_string(warning).find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const Env env = environment(text);
  // The file system is part of the input too: the first byte chooses what every path leads to.
  const auto kind = static_cast<FileKind>(size == 0 ? 0 : data[0] % 6);
  const auto loaded = load(
      env, [&](const std::string&) { return FileFacts{kind, size % 2 == 0, 0, 0, 0, 0, 0, size % 3 == 0}; });
  if (loaded) {
    require(!loaded->config.forwards.empty() && loaded->settings.size() == fields().size());
    require(settings_line(loaded->settings).find('\n') == std::string::npos);
    require(!config_text(*loaded).empty() && !config_json(*loaded).empty());
    require_lines({{}, loaded->warnings});
  } else {
    require(!loaded.error().problems.empty());
    require_lines(loaded.error());
  }
  (void)load_admin_options(env);
  return 0;
}
