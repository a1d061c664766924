#include "publish/lines.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::publish {

void Lines::add(std::string_view piece) {
  const auto room = length_max - begun_.size();
  cut_ = cut_ || piece.size() > room;
  begun_ += piece.substr(0, room);
}

bool Lines::take(Line& line) {
  line = {text::one_line(begun_, length_max), std::exchange(cut_, false)};
  begun_.clear();
  return !line.text.empty();
}

bool Lines::next(Line& line) {
  while (!rest_.empty()) {
    const auto end = rest_.find_first_of("\r\n");
    add(rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (end != std::string_view::npos && take(line)) return true;
  }
  return finished_ && take(line);
}

}  // namespace towline::publish
