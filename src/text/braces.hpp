// Sentences with words in braces that depend on the case: "look at {server}". Pure.
#pragma once

#include <string>
#include <string_view>

namespace towline::text {

// `word_for("server")` says what stands there; its text is taken as it is. A brace without its end is text.
template <class WordFor>
std::string filled(std::string_view sentence, const WordFor& word_for) {
  std::string text;
  for (;;) {
    const auto open = sentence.find('{');
    const auto close = sentence.find('}', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return text.append(sentence);
    text.append(sentence.substr(0, open));
    text.append(word_for(sentence.substr(open + 1, close - open - 1)));
    sentence.remove_prefix(close + 1);
  }
}

}  // namespace towline::text
