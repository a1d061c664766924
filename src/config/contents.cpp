#include "config/contents.hpp"

#include <string>

namespace towline::config {

namespace {

bool is_only_a_path(std::string_view text) {
  return text.starts_with('/') && text.find_first_of(" \n") == text.npos;
}

}  // namespace

Parsed<SharedSecret> parse_secret(std::string_view text) {
  return std::make_shared<const text::Secret>(std::string(text));
}

Parsed<SharedSecret> parse_content(std::string_view text) {
  if (is_only_a_path(text))
    return Complaint{"is a path, not the content", "add _FILE to the variable's name"};
  return parse_secret(text);
}

}  // namespace towline::config
