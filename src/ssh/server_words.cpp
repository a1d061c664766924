#include "ssh/server_words.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t characters_max = 256;

}  // namespace

std::string shown_text(std::string_view text) { return text::one_line(text, characters_max); }

void ServerWords::add(std::string_view text) {
  auto shown = shown_text(text);
  if (shown.empty()) return;
  if (const auto kept = std::ranges::find(texts_, shown); kept != texts_.end()) texts_.erase(kept);
  texts_.push_back(std::move(shown));
  if (texts_.size() > texts_max) texts_.erase(texts_.begin() + 1);
}

std::string ServerWords::quoted() const {
  std::string all;
  for (const auto& text : texts_) all += (all.empty() ? "\"" : ", \"") + text + '"';
  return all;
}

std::string ServerWords::take() {
  auto all = quoted();
  texts_.clear();
  return all;
}

}  // namespace towline::ssh
