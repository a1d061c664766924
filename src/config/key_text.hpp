// Secrets in places that are not meant for them: what a text shows of a key, and whether it may be repeated.
// Pure.
#pragma once

#include <string_view>

namespace towline::config {

enum class KeyText {
  none,
  private_key,  // by a mark that only private keys have, also in base64 or hexadecimal
  part,         // PEM of any kind, or a run of base64 as long as a line of a key
};

// Looks into one line or many, with the line ends written out, in quotation marks or without.
KeyText find_key(std::string_view text);

// Whether an address has a password in it, "user:password@host", behind a scheme or not. A login name with a
// colon is none where an "@" comes first, as gateways take it ("user@target:SSH:login@gateway").
bool has_password(std::string_view address);

// Whether `text`, which was refused, could be a secret all the same: a key, a token, a random password, or
// "user:password@". Errs towards true: who typed it knows it without our repeating it.
bool may_be_secret(std::string_view text);

}  // namespace towline::config
