#include "tidy/source_tree.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>

namespace towline::tidy {

namespace {

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t line_at(std::string_view text, std::size_t position) {
  const auto before = text.substr(0, position);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

// Where the literal that begins with the quote at `at` ends (one after its closing quote).
std::size_t end_of_literal(std::string_view text, std::size_t at) {
  const char quote = text[at];
  if (quote == '"' && at > 0 && text[at - 1] == 'R') {
    const auto open = text.find('(', at);
    const auto close = ")" + std::string(text.substr(at + 1, open - at - 1)) + "\"";
    const auto end = text.find(close, open);
    return end == std::string_view::npos ? text.size() : end + close.size();
  }
  for (++at; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// 16'384: the quote is part of a number.
bool is_digit_separator(std::string_view text, std::size_t at) {
  return text[at] == '\'' && at > 0 && std::isxdigit(static_cast<unsigned char>(text[at - 1])) != 0;
}

// Outside of functions a brace begins a function, a type, a namespace or a list of values; `before` are the
// words since the last statement.
bool begins_function(std::string_view before) {
  static const std::regex type_or_namespace(
      "^(template\\s*<[^(]*>\\s*)?(inline\\s+)?(namespace|class|struct|enum|union)\\b[^(]*$");
  before = trimmed(before);
  if (before.ends_with("=") || before.find('(') == std::string_view::npos) return false;
  return !std::regex_search(before.begin(), before.end(), type_or_namespace);
}

// One after the bracket that closes the one at `at`.
std::size_t after_matching(std::string_view code, std::size_t at, char open, char close) {
  int depth = 0;
  for (; at < code.size(); ++at) {
    if (code[at] == open) ++depth;
    if (code[at] == close && --depth == 0) return at + 1;
  }
  return code.size();
}

}  // namespace

bool SourceFile::is_in(std::string_view where) const {
  return path == where || path.starts_with(std::string(where) + "/");
}

std::string SourceFile::room() const { return room_of(std::string_view(path).substr(path.find('/') + 1)); }

std::string room_of(std::string_view path) {
  const auto first = path.find('/');
  if (first == std::string_view::npos) return "";
  const bool has_rooms = path.starts_with("ssh/") || path.starts_with("expose/");
  if (!has_rooms) return std::string(path.substr(0, first));
  constexpr std::string_view inner = "ssh/auth/server";  // a room in a room
  if (path.starts_with(std::string(inner) + '/')) return std::string(inner);
  const auto second = path.find('/', first + 1);
  return std::string(path.substr(0, second == std::string_view::npos ? first : second));
}

std::string SourceFile::stem() const { return std::filesystem::path(path).stem().string(); }

std::vector<SourceFile> sources(const std::filesystem::path& root, std::string_view folder) {
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
    const auto extension = entry.path().extension();
    if (!entry.is_regular_file() || (extension != ".hpp" && extension != ".cpp")) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    auto code = code_of(text);
    files.push_back(
        {entry.path().lexically_relative(root).generic_string(), std::move(text), std::move(code)});
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::string code_of(std::string_view text) {
  std::string code;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text.substr(at, 2) == "//") {
      end = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      const auto close = text.find("*/", at + 2);
      end = close == std::string_view::npos ? text.size() : close + 2;
    } else if (text[at] == '"' || (text[at] == '\'' && !is_digit_separator(text, at))) {
      end = end_of_literal(text, at);
      code.append(2, text[at]);
    } else {
      code += text[at];
      at = end;
      continue;
    }
    // What is left out keeps its lines.
    const auto left_out = text.substr(at, end - at);
    code.append(static_cast<std::size_t>(std::count(left_out.begin(), left_out.end(), '\n')), '\n');
    at = end;
  }
  return code;
}

std::vector<std::string> includes(const SourceFile& file) {
  constexpr std::string_view directive = "include";
  std::vector<std::string> found;
  for (std::size_t at = 0, end = 0; at < file.text.size(); at = end + 1) {
    end = std::min(file.text.find('\n', at), file.text.size());
    auto line = trimmed(std::string_view(file.text).substr(at, end - at));
    if (!line.starts_with('#')) continue;
    line = trimmed(line.substr(1));
    if (!line.starts_with(directive)) continue;
    line = trimmed(line.substr(directive.size()));
    const auto closing = line.find_first_of("\">", 1);
    if (closing != std::string_view::npos) found.emplace_back(line.substr(1, closing - 1));
  }
  return found;
}

std::size_t line_count(std::string_view text) {
  const auto complete = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return complete + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

std::vector<Function> functions(std::string_view code) {
  std::vector<Function> found;
  std::size_t statement = 0;  // where the words before the next brace begin
  for (std::size_t at = 0; at < code.size(); ++at) {
    if (code[at] == '{' && begins_function(code.substr(statement, at - statement))) {
      const auto end = after_matching(code, at, '{', '}');
      const auto first = line_at(code, at);
      found.push_back({first, line_at(code, end - 1) - first + 1});
      at = end - 1;
      statement = end;
    } else if (code[at] == '{' || code[at] == '}' || code[at] == ';') {
      statement = at + 1;
    } else if (code[at] == '#') {
      // A preprocessor line is no part of a statement.
      at = std::min(code.find('\n', at), code.size());
      statement = at;
    }
  }
  return found;
}

std::vector<std::size_t> capturing_coroutine_lambdas(std::string_view code) {
  static const std::regex coroutine("\\bco_(await|return|yield)\\b");
  std::vector<std::size_t> lines;
  for (auto at = code.find('['); at != std::string_view::npos; at = code.find('[', at + 1)) {
    const auto before = trimmed(code.substr(0, at));
    const bool subscript =
        !before.empty() && (is_word_char(before.back()) || before.back() == ')' || before.back() == ']');
    const bool attribute = code.substr(at, 2) == "[[" || (at > 0 && code[at - 1] == '[');
    const bool after_return = before.ends_with("return");
    if ((subscript && !after_return) || attribute) continue;
    const auto captures_end = after_matching(code, at, '[', ']');
    if (trimmed(code.substr(at + 1, captures_end - at - 2)).empty()) continue;
    auto body = captures_end;
    while (body < code.size() && is_space(code[body])) ++body;
    if (body < code.size() && code[body] == '(') body = after_matching(code, body, '(', ')');
    body = code.find_first_of("{;", body);
    if (body == std::string_view::npos || code[body] == ';') continue;
    const auto inside = code.substr(body, after_matching(code, body, '{', '}') - body);
    if (std::regex_search(inside.begin(), inside.end(), coroutine)) lines.push_back(line_at(code, at));
  }
  return lines;
}

std::vector<std::size_t> conditional_awaits(std::string_view code) {
  static const std::regex await("\\bco_await\\b");
  std::vector<std::size_t> lines;
  for (std::cregex_iterator it(code.data(), code.data() + code.size(), await), none; it != none; ++it) {
    const auto at = static_cast<std::size_t>(it->position());
    const auto before = code.find_last_of(";{}", at);
    bool found = code.substr(0, at).find('?', before == std::string_view::npos ? 0 : before) < at;
    int depth = 0;
    for (auto next = at; next < code.size() && depth >= 0 && (depth > 0 || code[next] != ';'); ++next) {
      const auto end = code[next] == '{' ? after_matching(code, next, '{', '}') : next;
      if (code.substr(next, end - next).find(';') != std::string_view::npos) {
        next = end - 1;  // the body of a lambda, which is another function
        continue;
      }
      found = found || code[next] == '?';
      depth += std::string_view("([{").find(code[next]) != std::string_view::npos ? 1 : 0;
      depth -= std::string_view(")]}").find(code[next]) != std::string_view::npos ? 1 : 0;
    }
    if (found) lines.push_back(line_at(code, at));
  }
  return lines;
}

std::vector<std::string> unused_names(std::string_view code) {
  static const std::regex brought_in(R"re(\busing [A-Za-z_:0-9]*::(\w+);)re");
  const std::string text(code);
  std::string rest;
  std::vector<std::string> names;
  auto read_to = text.cbegin();
  for (std::sregex_iterator it(text.begin(), text.end(), brought_in), end; it != end; ++it) {
    names.push_back((*it)[1].str());
    rest.append(read_to, (*it)[0].first);
    read_to = (*it)[0].second;
  }
  rest.append(read_to, text.cend());
  std::erase_if(names, [&](const std::string& name) { return has_word(rest, name); });
  return names;
}

bool has_word(std::string_view code, std::string_view word) {
  for (auto at = code.find(word); at != std::string_view::npos; at = code.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool begins = at == 0 || !is_word_char(code[at - 1]);
    const bool ends = end == code.size() || !is_word_char(code[end]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace towline::tidy
