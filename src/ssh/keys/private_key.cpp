#include "ssh/keys/private_key.hpp"

#include "ssh/keys/openssh_key.hpp"
#include "ssh/keys/text_file.hpp"
#include "ssh/wire/error.hpp"
#include "text/repair.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Line under line, without the blanks, empty lines, carriage returns and escapes ("\n" as two characters)
// that editors, YAML and environment files add.
text::Secret tidied(std::string_view text) {
  std::string lines;
  lines.reserve(text.size() + 2);  // never moved: what it left behind would not be wiped
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n\\"), text.size());
    const auto written = text::written_break(text.substr(end));
    const std::size_t ending = written > 0 ? written : text.substr(end).starts_with('\\') ? 2 : 1;
    if (const auto line = trimmed(text.substr(0, end)); !line.empty()) {
      lines.append(line) += '\n';
      // The one blank line that means something: it ends the headers (RFC 1421, 4.4).
      if (line.starts_with("DEK-Info:")) lines += '\n';
    }
    text.remove_prefix(std::min(end + ending, text.size()));
  }
  return text::Secret(std::move(lines));
}

// A whole key between its BEGIN and its END, and no line between them: blanks took the place of the newlines.
bool is_one_line(std::string_view text) {
  const auto newline = text.find('\n');
  return text.starts_with("-----BEGIN ") && newline != std::string_view::npos && newline + 1 == text.size() &&
         text.find("-----END ") != std::string_view::npos;
}

// What `body` begins with, if it is a header of an encrypted PEM: "Proc-Type: 4,ENCRYPTED", "DEK-Info:
// CIPHER,IV" (RFC 1421, 4.6.1). Empty: none.
std::string_view first_header(std::string_view body) {
  if (!body.starts_with("Proc-Type:") && !body.starts_with("DEK-Info:")) return {};
  const auto value = body.find_first_not_of(" \t", body.find(':') + 1);
  return body.substr(0, body.find_first_of(" \t", value));
}

text::Secret split_lines(std::string_view text) {
  const auto label = text.find("-----", std::string_view("-----BEGIN ").size());
  const auto end = text.find("-----END ");
  if (label + 5 > end) return text::Secret(std::string(text));
  std::string lines;
  lines.reserve(text.size() + text.size() / 64 + 4);
  lines.append(text.substr(0, label + 5)) += '\n';
  auto body = trimmed(text.substr(label + 5, end - label - 5));
  for (auto header = first_header(body); !header.empty(); header = first_header(body)) {
    lines.append(header) += '\n';
    body = trimmed(body.substr(header.size()));
  }
  // One long line would do for OpenSSH's format; OpenSSL wants short ones, and 64 is PEM's length.
  std::size_t column = 0;
  for (const char c : body) {
    if (c == ' ' || c == '\t') continue;
    if (column++ == 64) {
      lines += '\n';
      column = 1;
    }
    lines += c;
  }
  if (column > 0) lines += '\n';
  lines.append(text.substr(end));
  return text::Secret(std::move(lines));
}

Failure not_a_key(std::string_view text) {
  if (text.empty()) return {errc::key_file_invalid, "it is empty"};
  if (text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-")) {
    return {errc::key_file_invalid, "it holds a public key; the private one is the file without .pub"};
  }
  if (text.starts_with("PuTTY-User-Key-File")) {
    return {errc::key_file_invalid, "it is in PuTTY's format; convert it with puttygen -O private-openssh"};
  }
  return {errc::key_file_invalid, "it does not begin with -----BEGIN … PRIVATE KEY-----"};
}

}  // namespace

Result<text::Secret> repair_private_key(std::string_view raw) {
  text::Secret key = tidied(text::unwrapped(raw));
  if (key.reveal().find("-----BEGIN ") == std::string_view::npos) {
    const text::Secret decoded = text::decode_base64(key.reveal());
    if (decoded.reveal().find("-----BEGIN ") != std::string_view::npos)
      key = tidied(text::unwrapped(decoded.reveal()));
  }
  if (is_one_line(key.reveal())) key = tidied(split_lines(key.reveal()).reveal());
  const auto text = key.reveal();
  if (!text.starts_with("-----BEGIN ") || text.find("PRIVATE KEY-----") == std::string_view::npos)
    return not_a_key(text);
  if (text.find("-----END ") == std::string_view::npos)
    return Failure{errc::key_file_invalid, "its END line is missing"};
  if (is_openssh_key(text) && parse_openssh_key(text).damaged()) {
    return Failure{errc::key_file_invalid,
                   "it is damaged: what is between its first and its last line is not a key"};
  }
  return key;
}

std::string name_of(const TextSource& source) {
  return source.file.empty() ? "the key given inline" : source.file;
}

Result<SigningKey> read_private_key(const TextSource& source, std::string_view passphrase) {
  const auto contents = read_text(source, errc::key_file_unreadable, errc::key_file_invalid);
  if (!contents) return contents.error();
  const auto named = [&source](Failure failure) {
    failure.detail = name_of(source) + (failure.detail.empty() ? "" : ": " + failure.detail);
    return failure;
  };
  const auto text = repair_private_key(contents->reveal());
  if (!text) return named(text.error());
  auto key = SigningKey::parse(*text, passphrase);
  if (!key) return named(key.error());
  return key;
}

}  // namespace towline::ssh
