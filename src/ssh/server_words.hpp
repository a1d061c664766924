// What a server says in words: lines before its identification, banners, debug messages, the texts of
// questions, why it ends the session.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// One text as it is shown, in one line of at most 256 characters.
std::string shown_text(std::string_view text);

// Keeps little of it, however much comes. Not thread-safe.
class ServerWords {
 public:
  // The first and the last ones: the first says who speaks, the last why. A text that is kept counts once.
  static constexpr std::size_t texts_max = 4;

  void add(std::string_view text);

  bool empty() const { return texts_.empty(); }
  // In the order they came: "a", "b". Empty without a word.
  std::string quoted() const;
  // The same, and forgets them.
  std::string take();

 private:
  std::vector<std::string> texts_;
};

}  // namespace towline::ssh
