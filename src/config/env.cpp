#include "config/env.hpp"

#include <unistd.h>
#include <utility>

namespace towline::config {

Env::Env(Values values) : values_(std::move(values)) {
  std::erase_if(values_, [](const auto& entry) { return entry.second.empty(); });
}

Env Env::from_process() { return from_block(environ); }

std::vector<std::string> environment_of_process() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable && *variable; ++variable) variables.emplace_back(*variable);
  return variables;
}

Env Env::from_block(const char* const* block) {
  Values values;
  for (; block != nullptr && *block != nullptr; ++block) {
    const std::string_view entry = *block;
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    values.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return Env(std::move(values));
}

std::optional<std::string_view> Env::get(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

}  // namespace towline::config
