#include "ssh/trust/known_hosts_repair.hpp"

#include "text/base64.hpp"
#include "text/pattern.hpp"
#include "text/repair.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

namespace towline::ssh {

namespace {

using Words = std::vector<std::string_view>;

// Those of the first line of `text`, or as many of them as are asked for.
Words words_of(std::string_view text, std::size_t count = std::string_view::npos) {
  constexpr std::string_view ends_a_word = " \t\r\n";
  Words words;
  while (words.size() < count) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos || text[begin] == '\r' || text[begin] == '\n') break;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(ends_a_word), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

bool names_a_type(std::string_view word) {
  constexpr std::array<std::string_view, 4> families{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"};
  return std::ranges::any_of(families, [word](auto family) { return word.starts_with(family); });
}

// A key's first four bytes are the length of its type, which is short.
bool begins_a_key(std::string_view word) { return word.starts_with("AAAA"); }

// How many words at the front are one entry, whatever the state of its key; 0 for none.
std::size_t entry_words(std::span<const std::string_view> words) {
  const std::size_t marker = !words.empty() && words[0].starts_with('@') ? 1 : 0;
  if (words.size() < marker + 3) return 0;
  const auto host = words[marker];
  const bool is_host = !host.starts_with('#') && !begins_a_key(host);
  return is_host && names_a_type(words[marker + 1]) && begins_a_key(words[marker + 2]) ? marker + 3 : 0;
}

// "# bastion:22 SSH-2.0-OpenSSH_9.2", as ssh-keyscan writes it above a key.
bool is_keyscan_comment(std::span<const std::string_view> words) {
  return words.size() > 2 && words[0] == "#" && words[2].starts_with("SSH-");
}

// Longer than the names in front of any key.
constexpr std::size_t look_ahead = 512;

// Whether a line may begin here; otherwise the "\n" before it is part of a comment, as in "DOMAIN\nina".
bool begins_a_line(std::string_view text) {
  const auto words = words_of(text.substr(0, look_ahead), 3);
  if (words.empty() || words[0].starts_with('#') || text::written_break(words[0]) > 0) return true;
  const std::size_t marker = words[0].starts_with('@') ? 1 : 0;
  const auto named = [&](std::size_t at) { return at < words.size() && names_a_type(words[at]); };
  return named(marker) || named(marker + 1);
}

// Lines end where a line break is, written out or not.
std::string with_line_breaks(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n\\"), text.size());
    lines.append(text.substr(0, end));
    text.remove_prefix(end);
    if (text.empty()) break;
    const auto written = text::written_break(text);
    const auto next = text.substr(std::max<std::size_t>(written, 1));
    const bool is_break = text.front() != '\\' || (written > 0 && begins_a_line(next));
    const bool carriage_return =
        text.starts_with("\r\n") || (is_break && written > 0 && text::written_break(next) > 0);
    if (!is_break) lines += '\\';
    if (is_break && !carriage_return) lines += '\n';
    text.remove_prefix(is_break ? std::max<std::size_t>(written, 1) : 1);
  }
  return lines;
}

bool is_one_line_of_text(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == text.npos) return false;
  const auto rest = text.substr(first);
  return rest.find_first_not_of(" \t\n", std::min(rest.find('\n'), rest.size())) == rest.npos;
}

// Entries that were lines, before blanks took the place of the line breaks: for ssh all but the first are its
// comment.
std::string with_lines_split(std::string_view text) {
  std::string flat(text);
  std::ranges::replace(flat, '\n', ' ');
  const auto words = words_of(flat);
  if (entry_words(words) == 0 && !is_keyscan_comment(words)) return std::string(text);
  std::string lines;
  bool comment = false;  // which only the next line break would have ended
  for (std::span<const std::string_view> rest(words); !rest.empty();) {
    const bool keyscan = is_keyscan_comment(rest);
    const auto entry = comment ? 0 : entry_words(rest);
    if (!lines.empty()) lines += !comment && (keyscan || entry > 0) ? '\n' : ' ';
    comment = comment || (rest[0].starts_with('#') && !keyscan);
    const std::size_t taken = std::max<std::size_t>(entry, 1);
    for (std::size_t i = 0; i < taken; ++i) lines.append(i == 0 ? "" : " ").append(rest[i]);
    rest = rest.subspan(taken);
  }
  return lines;
}

bool holds_an_entry(std::string_view text) {
  const auto lines = with_line_breaks(text);
  for (std::string_view rest = lines; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    const auto words = words_of(line);
    if (std::ranges::any_of(words, begins_a_key) && std::ranges::any_of(words, names_a_type)) return true;
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return false;
}

std::string instead_of(std::string_view pattern, const std::string& right) {
  return "write " + right + " instead of " + std::string(pattern);
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == text.npos;
}

std::string name_for(std::string_view host, std::string_view port) {
  const std::string name(host);
  return port.empty() || port == "22" ? name : '[' + name + "]:" + std::string(port);
}

// The one way ssh writes this name, or nothing where it is that already, or a pattern.
std::optional<std::string> spelt_right(std::string_view name) {
  if (name.find_first_of("*?") != name.npos) return std::nullopt;
  auto host = name;
  const auto scheme = host.find("://");
  if (scheme != host.npos) host.remove_prefix(scheme + 3);
  const auto user = host.find('@');
  if (user != host.npos) host.remove_prefix(user + 1);
  std::string_view port;
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    if (close == host.npos) return std::nullopt;
    if (host.substr(close + 1).starts_with(':')) port = host.substr(close + 2);
    host = host.substr(1, close - 1);
  }
  const auto colon = host.find(':');
  const bool one_colon = colon != host.npos && host.find(':', colon + 1) == host.npos;
  if (one_colon && port.empty() && is_port(host.substr(colon + 1))) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (host.empty() || (!port.empty() && !is_port(port))) return std::nullopt;
  auto right = name_for(host, port);
  if (right == name) return std::nullopt;
  return right;
}

}  // namespace

std::string repair_known_hosts(std::string_view raw) {
  auto text = text::unwrapped(raw);
  const text::Secret decoded = text::decode_base64(text);
  if (holds_an_entry(decoded.reveal())) text = text::unwrapped(decoded.reveal());
  auto lines = with_line_breaks(text);
  if (is_one_line_of_text(lines)) {
    const auto first = lines.find_first_not_of('\n');
    lines = lines.substr(0, first) + with_lines_split(std::string_view(lines).substr(first));
  }
  return lines;
}

std::string missing_key(std::string_view line) {
  const auto words = words_of(line);
  if (line.find("PRIVATE KEY") != line.npos)
    return "it holds a private key; known_hosts takes servers' public keys";
  if (line.starts_with("SHA256:")) return "it is a fingerprint: set SSH_HOST_KEY_FINGERPRINT";
  if (line.starts_with('/') && words.size() == 1) return "it is a path: set SSH_KNOWN_HOSTS_FILE";
  // "ssh-gateway" is a host where a type comes behind it.
  const bool is_typed = words.size() > 1 && names_a_type(words[1]);
  if (!words.empty() && (begins_a_key(words[0]) || (names_a_type(words[0]) && !is_typed)))
    return "there is no host in front of the key: write HOST, or [HOST]:PORT for a port other than 22";
  if (words.size() < 2 || words[1].starts_with('#')) return "there is no key in it";
  if (begins_a_key(words[1])) return "there is no key type in front of the key";
  if (words.size() < 3) return "there is no key behind its type";
  return {};
}

std::string damaged_key(std::string_view type, std::string_view base64) {
  constexpr std::string_view unpadded = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!names_a_type(type) && !type.starts_with("rsa-sha2-")) return "there is no key type behind the host";
  const auto end = base64.find_first_not_of(unpadded);
  if (end != base64.npos && base64.substr(end).find_first_not_of('=') != base64.npos)
    return "the key is not base64";
  const auto blob = text::from_base64(base64);
  if (!blob) return "the key is cut off";
  const std::string_view bytes(reinterpret_cast<const char*>(blob->data()), blob->size());
  if (bytes.substr(0, type.size() + 4).ends_with(type))
    return "the key is cut off, or of a type that is not supported";
  return "the key is not of the type in front of it, or of one that is not supported";
}

std::string misspelt_hosts(std::string_view hosts) {
  while (!hosts.empty()) {
    auto pattern = text::take_listed(hosts);
    if (pattern.starts_with('!')) pattern.remove_prefix(1);
    if (const auto right = spelt_right(pattern)) return instead_of(pattern, *right);
  }
  return {};
}

}  // namespace towline::ssh
