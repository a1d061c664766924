#include "config/mode.hpp"

#include "config/forward_spec.hpp"
#include "config/problem.hpp"

#include <optional>
#include <vector>

namespace towline::config {

namespace {

using forward::Mode;

// Flags of ssh(1) that take no argument. Those without an effect on a forward that is alone in its process
// and has an explicit address to bind; and those that do have one in ssh.
constexpr std::string_view silent_flags = "NTngfqvakx";
constexpr std::string_view ignored_flags = "46C";

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const auto word = text.substr(0, text.find_first_of(" \t\r\n\v\f"));
    words.push_back(word);
    text.remove_prefix(word.size());
  }
  return words;
}

std::optional<Mode> mode_letter(char letter) {
  switch (letter) {
    case 'R': return Mode::remote;
    case 'L': return Mode::local;
    case 'D': return Mode::dynamic;
    default: return std::nullopt;
  }
}

std::optional<Mode> mode_word(std::string_view word) {
  for (const auto name : {"r", "remote", "reverse"}) {
    if (equal_ignoring_case(word, name)) return Mode::remote;
  }
  for (const auto name : {"l", "local"}) {
    if (equal_ignoring_case(word, name)) return Mode::local;
  }
  for (const auto name : {"d", "dynamic"}) {
    if (equal_ignoring_case(word, name)) return Mode::dynamic;
  }
  return std::nullopt;
}

struct Word {
  std::optional<Mode> mode;
  std::string ignored;
};

// "-R", "-Ng", "-NL", "reverse". A direction takes an argument in ssh, so it can only be the last letter.
std::optional<Word> parse_flags(std::string_view word) {
  if (!word.starts_with('-')) {
    const auto mode = mode_word(word);
    return mode ? std::optional(Word{mode, {}}) : std::nullopt;
  }
  word.remove_prefix(1);
  if (word.empty()) return std::nullopt;
  Word found;
  if (const auto mode = mode_letter(word.back())) {
    found.mode = mode;
    word.remove_suffix(1);
  }
  for (const char flag : word) {
    if (ignored_flags.find(flag) != std::string_view::npos) {
      found.ignored += std::string(found.ignored.empty() ? "-" : " -") + flag;
    } else if (silent_flags.find(flag) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  return found;
}

// What people paste behind -D: "1080", "0.0.0.0:1080".
std::optional<net::HostPort> address_behind_dynamic(const ModeWords& words, std::string_view text) {
  if (words.mode != Mode::dynamic || words.listen) return std::nullopt;
  auto spec = parse_forward_spec(Mode::dynamic, text);
  return spec ? std::optional(spec->listen) : std::nullopt;
}

}  // namespace

Parsed<ModeWords> parse_mode(std::string_view text) {
  const std::string right = "write -R (remote), -L (local) or -D (dynamic)";
  ModeWords words;
  bool directed = false;
  for (const auto written : split(text)) {
    const auto word = parse_flags(written);
    if (!word) {
      words.listen = directed ? address_behind_dynamic(words, written) : std::nullopt;
      if (words.listen) continue;
      const bool alone = written.size() == trimmed(text).size();
      return Complaint{
          alone ? "is not a direction" : "holds " + config::quoted(written) + ", which is not a direction",
          right + "; addresses have variables of their own, or stand in SSH_FORWARDS"};
    }
    if (directed && word->mode && words.mode != *word->mode) return Complaint{"names two directions", right};
    if (word->mode) words.mode = *word->mode;
    directed = directed || word->mode.has_value();
    if (!word->ignored.empty()) words.ignored += (words.ignored.empty() ? "" : " ") + word->ignored;
  }
  if (!directed) return Complaint{"names no direction", right};
  return words;
}

}  // namespace towline::config
