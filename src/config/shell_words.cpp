#include "config/shell_words.hpp"

#include <utility>

namespace towline::config {

namespace {

constexpr std::string_view word_separators = " \t\r\n\v\f";

// Reads the text from left to right.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : rest_(text) {}

  Parsed<std::vector<std::string>> split() {
    for (;;) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(word_separators), rest_.size()));
      if (rest_.empty()) return std::move(words_);
      words_.emplace_back();
      while (!rest_.empty() && word_separators.find(rest_.front()) == std::string_view::npos) {
        if (!take_piece(words_.back())) {
          return Complaint{"has a quotation mark that is not closed", "close it, or write it as \\' or \\\""};
        }
      }
    }
  }

 private:
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  // False where a quotation mark is not closed.
  bool take_piece(std::string& word) {
    const char c = next();
    if (c == '\'') {
      const auto end = rest_.find('\'');
      if (end == std::string_view::npos) return false;
      word += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      return true;
    }
    if (c == '"') return take_double_quoted(word);
    word += c == '\\' && !rest_.empty() ? next() : c;
    return true;
  }

  bool take_double_quoted(std::string& word) {
    constexpr std::string_view escapable = "\"\\$`";
    while (!rest_.empty()) {
      const char c = next();
      if (c == '"') return true;
      const bool escaped =
          c == '\\' && !rest_.empty() && escapable.find(rest_.front()) != std::string_view::npos;
      word += escaped ? next() : c;
    }
    return false;
  }

  std::string_view rest_;
  std::vector<std::string> words_;
};

}  // namespace

Parsed<std::vector<std::string>> split_shell_words(std::string_view text) { return Splitter(text).split(); }

std::string shell_word(std::string_view text) {
  const bool plain = text.find_first_of("'\"\\") == std::string_view::npos &&
                     text.find_first_of(word_separators) == std::string_view::npos;
  if (plain && !text.empty()) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + '\'';
}

std::optional<std::string_view> without_enclosing_quotes(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != text.back()) return std::nullopt;
  if (text.front() != '"' && text.front() != '\'') return std::nullopt;
  const auto inside = text.substr(1, text.size() - 2);
  if (inside.find(text.front()) != std::string_view::npos) return std::nullopt;
  return inside;
}

}  // namespace towline::config
