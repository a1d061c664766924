// What a peer says in words: lines before its identification, banners, debug messages, the texts of
// questions, why it ends the session.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// Keeps little of it (text::shown()), however much comes. Not thread-safe.
class PeerWords {
 public:
  // The first and the last ones: the first says who speaks, the last why. A text that is kept counts once.
  static constexpr std::size_t texts_max = 4;

  void add(std::string_view said);

  bool empty() const { return texts_.empty(); }
  // In the order they came: "a", "b". Empty without a word.
  std::string quoted() const;
  // The same, and forgets them.
  std::string take();

 private:
  std::vector<std::string> texts_;
};

}  // namespace towline::ssh
