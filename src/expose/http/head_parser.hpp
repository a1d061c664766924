// Beast's parser, asked for the start line and the fields of a whole head; what it says is checked and not
// interpreted here. Pure. Private to expose/http.
#pragma once

#include "expose/http/head.hpp"

#include <string_view>
#include <variant>
#include <vector>

namespace towline::expose::web {

// What a head has, whichever it is.
struct ParsedHead {
  std::string_view method{};
  std::string_view target{};
  unsigned status = 0;
  std::string_view reason{};
  unsigned minor = 1;
  std::vector<Field> fields{};
};

std::variant<ParsedHead, Malformed> parse_request_lines(std::string_view text);
std::variant<ParsedHead, Malformed> parse_answer_lines(std::string_view text);

}  // namespace towline::expose::web
