// Every variable x every form of a secret: nothing that is said or shown has a run of it.
#include "config/describe.hpp"
#include "config/key_text.hpp"
#include "config/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace towline::config {
namespace {

constexpr std::size_t run_length = 12;

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
    };
    const auto group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) out += letters[group >> shift & 63];
  }
  for (std::size_t pad = 0; pad < (3 - bytes.size() % 3) % 3; ++pad) out[out.size() - 1 - pad] = '=';
  return out;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

std::string with_line_ends(std::string_view text, std::size_t width, std::string_view end) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += width) out.append(text.substr(at, width)).append(end);
  return out;
}

std::string replaced(std::string_view text, char c, std::string_view by) {
  std::string out;
  for (const char each : text) {
    if (each == c) {
      out += by;
    } else {
      out += each;
    }
  }
  return out;
}

// Bytes that begin as a format does and go on by chance, always the same.
std::string body(std::string_view beginning, std::size_t size, unsigned seed) {
  std::string bytes(beginning);
  for (std::mt19937 random(seed); bytes.size() < size;) bytes += static_cast<char>(random());
  return base64_of(bytes);
}

struct SampleKey {
  std::string text;  // as a tool writes it
  std::string body;
};

SampleKey pem(const std::string& label, const std::string& body, const std::string& headers = "") {
  return {"-----BEGIN " + label + "-----\n" + headers + with_line_ends(body, 64, "\n") + "-----END " + label +
              "-----\n",
          body};
}

std::vector<SampleKey> sample_keys() {
  using namespace std::string_literals;
  const auto putty = body("\x00\x00\x00\x20"s, 40, 6);
  return {pem("OPENSSH PRIVATE KEY", body("openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none"s, 260, 1)),
          pem("RSA PRIVATE KEY", body("", 608, 3), "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
          pem("EC PRIVATE KEY", body("\x30\x77\x02\x01\x01\x04\x20"s, 121, 4)),
          pem("ENCRYPTED PRIVATE KEY", body("\x30\x82\x05\x0e\x30\x40\x06\x09"s, 500, 7)),
          {"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\nPublic-Lines: "
           "2\nAAAA\nPrivate-Lines: "
           "1\n" +
               putty + "\nPrivate-MAC: 00\n",
           putty}};
}

std::vector<std::string> forms_of(const SampleKey& key) {
  const auto& text = key.text;
  const auto base64 = base64_of(text);
  std::vector<std::string> forms = {
      text,
      replaced(text, '\n', "\r\n"),
      replaced(text, '\n', " "),
      replaced(text, '\n', "\\n"),
      replaced(text, '\n', "\\r\\n"),
      replaced(text, '\n', ""),
      replaced(replaced(text, '\n', "%0A"), ' ', "+"),
      '"' + replaced(text, '\n', "\\n") + '"',
      "  " + replaced(text, '\n', "\n  "),
      base64,
      with_line_ends(base64, 76, "\n"),
      base64_of(base64),
      hex_of(text),
      key.body,
      with_line_ends(key.body, 64, "\n"),
      text.substr(0, text.size() / 2),
      text.substr(text.size() / 2),
      "/" + key.body,
      "-o IdentityFile=" + key.body,
      "-o 'IdentityFile=" + text + "'",
      "-o 'ProxyCommand=echo " + text + "'",
      "me:" + key.body + "@host",
  };
  if (key.body.size() > 192) {
    forms.push_back(key.body.substr(64, 64));
    forms.push_back(key.body.substr(100, 60));
    forms.push_back("-L 80:" + key.body.substr(64, 64) + ":80");
  }
  return forms;
}

// The runs of what is secret in `text`: not of what each such file begins and ends with.
std::unordered_set<std::string> runs_of(std::string_view text) {
  static const std::string common =
      "-----BEGIN OPENSSH PRIVATE KEY----- -----BEGIN ENCRYPTED PRIVATE KEY----- -o IdentityFile= -o "
      "'ProxyCommand=echo ";
  std::unordered_set<std::string> runs;
  for (std::size_t at = 0; at + run_length <= text.size(); ++at) {
    std::string run(text.substr(at, run_length));
    if (common.find(run) == std::string::npos) runs.insert(std::move(run));
  }
  return runs;
}

// The first run of a secret in `said`; empty: none.
std::string leak(std::string_view said, const std::unordered_set<std::string>& runs) {
  for (std::size_t at = 0; at + run_length <= said.size(); ++at) {
    std::string run(said.substr(at, run_length));
    if (runs.contains(run)) return run;
  }
  return {};
}

FileFacts only_the_default_key(const std::string& path) {
  FileFacts facts;
  if (path == "/id_rsa") facts.kind = FileKind::regular;
  if (path == "/" || path == "/run") facts.kind = FileKind::directory;
  facts.readable = true;
  return facts;
}

// Everything that load() and describe make of an environment: what commands, log and /configz print.
std::string all_that_is_said(const Env& env) {
  const auto loaded = load(env, only_the_default_key);
  std::string said;
  const auto add = [&said](const auto& findings) {
    for (const auto& finding : findings) said += to_string(finding) + '\n';
  };
  if (loaded) {
    add(loaded->warnings);
    return said + config_text(*loaded) + config_json(*loaded) + settings_line(loaded->settings) +
           settings_json(loaded->settings);
  }
  add(loaded.error().problems);
  add(loaded.error().warnings);
  return said + settings_text(loaded.error().settings) + settings_json(loaded.error().settings);
}

std::vector<std::string_view> pieces_of(std::string_view said) {
  std::vector<std::string_view> pieces;
  while (!said.empty()) {
    const auto end = std::min(said.find_first_of(",\n"), said.size() - 1);
    pieces.push_back(said.substr(0, end + 1));
    said.remove_prefix(end + 1);
  }
  return pieces;
}

// What is said about `env` and not about an empty environment: the rest is always the same.
std::string what_is_said(const Env& env) {
  static const std::string usual = all_that_is_said(Env({}));
  static const auto usual_pieces = [] {
    const auto pieces = pieces_of(usual);
    return std::unordered_set<std::string_view>(pieces.begin(), pieces.end());
  }();
  const auto said = all_that_is_said(env);
  std::string news;
  for (const auto piece : pieces_of(said)) {
    if (!usual_pieces.contains(piece)) news += piece;
  }
  return news;
}

std::vector<std::string> names_to_try() {
  std::vector<std::string> names = {"SSH_PRIVATE_KEY", "SSH_KEY_PATH", "TOWLINE_KEY", "AUTOSSH_PATH",
                                    "SSH_TTY"};
  for (const Field& field : fields()) {
    names.emplace_back(field.name);
    if (!field.alias.empty()) names.emplace_back(field.alias);
  }
  return names;
}

// The first key in each form and each variable, the others in each form and in each variable of every fourth
// form.
TEST(Secrets, no_run_of_a_key_is_shown_whichever_variable_it_came_in) {
  std::size_t combinations = 0;
  std::size_t forms = 0;
  const auto names = names_to_try();
  for (const auto& key : sample_keys()) {
    const auto raw = runs_of(key.text);
    for (const auto& form : forms_of(key)) {
      auto runs = runs_of(form);
      runs.insert(raw.begin(), raw.end());
      const std::size_t step = forms < forms_of(sample_keys().front()).size() ? 1 : 4;
      for (auto at = forms++ % step; at < names.size(); at += step) {
        const auto& name = names[at];
        const auto shown = leak(what_is_said(Env({{name, form}})), runs);
        EXPECT_EQ(shown, "") << name << " with " << form.substr(0, 60);
        ++combinations;
      }
    }
  }
  RecordProperty("combinations", static_cast<int>(combinations));
  EXPECT_GT(combinations, 4'000u);
}

TEST(Secrets, what_a_file_variable_holds_is_not_shown_unless_it_is_a_path) {
  const std::string passwords[] = {
      "correct-horse-battery-staple",  "/correct-horse-battery-staple",
      "Tr0ub4dor&3-and-some-more",     "./all lower case words",
      "~correct-horse-battery",        "/one/two-three/four-five-six",
      "//4f+Qk2Zs/9aB3xY7mN1=",        "id_correct horse battery staple of words",
      "$2y$10$abcdefghijklmnopqrstuv", "pass,word,with,commas,in,it"};
  std::size_t combinations = 0;
  for (const auto& password : passwords) {
    const auto runs = runs_of(password);
    for (const auto& name : names_to_try()) {
      if (!name.ends_with("_FILE")) continue;
      EXPECT_EQ(leak(what_is_said(Env({{name, password}})), runs), "") << name << '=' << password;
      ++combinations;
    }
    EXPECT_EQ(leak(what_is_said(Env({{"SSH_OPTIONS", "-i '" + password + "'"}})), runs), "") << password;
  }
  RecordProperty("combinations", static_cast<int>(combinations));
}

}  // namespace
}  // namespace towline::config
