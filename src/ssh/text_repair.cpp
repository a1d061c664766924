#include "ssh/text_repair.hpp"

#include "ssh/base64.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>

namespace towline::ssh {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view space = " \t\r\n";

}  // namespace

std::string_view unwrapped(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const auto first = text.find_first_not_of(space);
  if (first == text.npos) return text;
  const auto last = text.find_last_not_of(space);
  const char quote = text[first];
  const bool quoted = last > first && (quote == '"' || quote == '\'') && text[last] == quote;
  return quoted ? text.substr(first + 1, last - first - 1) : text;
}

std::size_t written_break(std::string_view text) {
  const auto letter = text.find_first_not_of('\\');
  const bool is_break = letter != text.npos && letter > 0 && (text[letter] == 'n' || text[letter] == 'r');
  return is_break ? letter + 1 : 0;
}

Secret decode_base64(std::string_view text) {
  std::string packed;
  packed.reserve(text.size());
  const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  std::ranges::remove_copy_if(text, std::back_inserter(packed), is_space);
  auto bytes = from_base64(packed);
  OPENSSL_cleanse(packed.data(), packed.size());
  if (!bytes) return {};
  Secret decoded(std::string(bytes->begin(), bytes->end()));
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return decoded;
}

}  // namespace towline::ssh
