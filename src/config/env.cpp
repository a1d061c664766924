#include "config/env.hpp"

#include <algorithm>
#include <string.h>
#include <unistd.h>
#include <utility>

namespace towline::config {

namespace {

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

// Takes variables out of a block, and wipes them where they stood.
void take_out(char** block, std::span<const std::string_view> names) {
  char** kept = block;
  for (; *block != nullptr; ++block) {
    const std::string_view entry = *block;
    if (std::ranges::find(names, name_of(entry)) != names.end()) {
      explicit_bzero(*block, entry.size());
    } else {
      *kept++ = *block;
    }
  }
  std::fill(kept, block, nullptr);
}

}  // namespace

Env::Env(Values values) : values_(std::move(values)) {
  std::erase_if(values_, [](const auto& entry) { return entry.second.empty(); });
}

Env Env::take_process(std::span<const std::string_view> secrets) { return take_block(environ, secrets); }

Env Env::take_block(char** block, std::span<const std::string_view> secrets) {
  auto env = from_block(block);
  if (block != nullptr) take_out(block, secrets);
  return env;
}

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
    values.try_emplace(std::string(name_of(entry)), entry.substr(equals + 1));
  }
  return Env(std::move(values));
}

void Env::forget(std::span<const std::string_view> names) {
  for (const auto name : names) {
    const auto found = values_.find(name);
    if (found == values_.end()) continue;
    explicit_bzero(found->second.data(), found->second.size());
    values_.erase(found);
  }
}

std::optional<std::string_view> Env::get(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

}  // namespace towline::config
