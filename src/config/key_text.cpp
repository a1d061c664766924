#include "config/key_text.hpp"

#include "text/secret.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace towline::config {

namespace {

// Blanks are taken out before one looks for these.
constexpr auto private_marks = std::to_array<std::string_view>({
    "PRIVATEKEY--",                  // PEM (RFC 7468) and ssh.com's format (RFC 4716 names its public half)
    "PRIVATE+KEY--",                 // the same in a URL
    "PRIVATE%20KEY--",               //
    "openssh-key-v1",                // the first bytes of OpenSSH's format (PROTOCOL.key) …
    "b3BlbnNzaC1rZXktdjE",           // … in base64
    "YjNCbGJuTnphQzFyWlhrdGRqR",     // … in base64 twice
    "6f70656e7373682d6b65792d7631",  // … in hexadecimal
    "6F70656E7373682D6B65792D7631",
    "PuTTY-User-Key-File",
    "UHVUVFktVXNlci1LZXktRmlsZ",
    "Private-Lines:",  // PuTTY's as well
    "Private-MAC:",
    "LS0tLS1CRUdJTi",        // "-----BEGIN" in base64 …
    "TFMwdExTMUNSVWRKVG",    // … in base64 twice
    "2d2d2d2d2d424547494e",  // … in hexadecimal
    "2D2D2D2D2D424547494E",
    "IBAAKCAQEA",  // the usual beginnings of PKCS#1 (RSA of 2048, 3072 and 4096 bits), …
    "IBAAKCAYEA",
    "IBAAKCAgEA",
    "MHcCAQEE",  // … SEC 1 (P-256, P-384, P-521) …
    "MIGkAgEBBD",
    "MIHcAgEBBE",
    "MIGHAgEAMBMGByqGSM49",  // … and PKCS#8 (P-256, Ed25519) without their headers
    "MC4CAQAwBQYDK2Vw",
});

constexpr auto part_marks = std::to_array<std::string_view>({
    "-----BEGIN",
    "-----END",
    "----BEGINSSH2",
    "KoZIhvcNA",  // what PKCS#1, PKCS#5 and PKCS#8 call themselves (1.2.840.113549.1), at each place …
    "qGSIb3DQ",
    "hkiG9w0B",
    "KoZIzj0CA",  // … and elliptic curves (1.2.840.10045.2.1)
    "qGSM49Ag",
    "hkjOPQIB",
    "YIZIAWUDB",  // … and NIST's ciphers (2.16.840.1.101.3.4)
    "CGSAFlAw",
    "hkgBZQME",
});

constexpr std::size_t line_of_a_key = 48;   // less than the 64 and 70 of PEM, more than a SHA256 fingerprint
constexpr std::size_t turns_of_a_line = 3;  // of nine to be expected
constexpr std::size_t hex_of_a_key = 64;    // 32 bytes; no part of a host name is as long (RFC 1035)
constexpr std::size_t short_password = 8;
constexpr std::size_t short_hex = 24;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_number(char c) { return c >= '0' && c <= '9'; }
bool is_in_base64(char c) { return is_upper(c) || is_lower(c) || is_number(c) || c == '+' || c == '/'; }

// Base64 as chance makes it: both cases, and digits where a name has none, before a letter or behind a
// capital.
bool is_random(std::string_view run, std::size_t turns_min) {
  std::size_t turns = 0;
  for (std::size_t i = 1; i < run.size(); ++i) {
    const bool before_letter = is_number(run[i - 1]) && (is_upper(run[i]) || is_lower(run[i]));
    turns += before_letter || (is_upper(run[i - 1]) && is_number(run[i])) ? 1 : 0;
  }
  return turns >= turns_min && std::ranges::any_of(run, is_upper) && std::ranges::any_of(run, is_lower);
}

bool has_random_run(std::string_view text, std::size_t length, std::size_t turns_min) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    run = is_in_base64(text[i]) ? run + 1 : 0;
    if (run >= length && is_random(text.substr(i + 1 - length, length), turns_min)) return true;
  }
  return false;
}

bool has_hex_run(std::string_view text, std::size_t length) {
  std::size_t run = 0;
  for (const char c : text) {
    run = is_number(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ? run + 1 : 0;
    if (run >= length) return true;
  }
  return false;
}

// Without blanks, line ends, "\n" written out and quotation marks.
text::Secret packed(std::string_view text) {
  std::string out;
  out.reserve(text.size());  // never moved: what it left behind would not be wiped
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\\' && (next == 'n' || next == 'r')) {
      ++i;
    } else if (static_cast<unsigned char>(c) > 0x20 && c != '\\' && c != '"' && c != '\'') {
      out += c;
    }
  }
  return text::Secret(std::move(out));
}

}  // namespace

KeyText find_key(std::string_view text) {
  const auto tight = packed(text);
  const auto has = [&](std::string_view mark) { return tight.reveal().find(mark) != std::string::npos; };
  if (std::ranges::any_of(private_marks, has)) return KeyText::private_key;
  const bool part = std::ranges::any_of(part_marks, has) ||
                    has_random_run(text, line_of_a_key, turns_of_a_line) || has_hex_run(text, hex_of_a_key);
  return part ? KeyText::part : KeyText::none;
}

bool has_password(std::string_view address) {
  if (const auto scheme = address.find("://"); scheme != address.npos) address.remove_prefix(scheme + 3);
  const auto colon = address.find(':');
  const auto at = address.find('@');
  return colon != address.npos && at != address.npos && colon < at && !address.starts_with('[');
}

bool may_be_secret(std::string_view text) {
  return has_password(text) || has_random_run(text, short_password, 1) || has_hex_run(text, short_hex) ||
         find_key(text) != KeyText::none;
}

}  // namespace towline::config
