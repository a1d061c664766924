#include "ssh/transport/peer_words.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

void PeerWords::add(std::string_view said) {
  auto shown = text::shown(said);
  if (shown.empty()) return;
  if (const auto kept = std::ranges::find(texts_, shown); kept != texts_.end()) texts_.erase(kept);
  texts_.push_back(std::move(shown));
  if (texts_.size() > texts_max) texts_.erase(texts_.begin() + 1);
}

std::string PeerWords::quoted() const {
  std::string all;
  for (const auto& text : texts_) all += (all.empty() ? "\"" : ", \"") + text + '"';
  return all;
}

std::string PeerWords::take() {
  auto all = quoted();
  texts_.clear();
  return all;
}

}  // namespace towline::ssh
