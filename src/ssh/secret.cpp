#include "ssh/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace towline::ssh {

// A short string lives inside its object, so a move copies it: the source is wiped too.
Secret::Secret(std::string&& text) : text_(text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

// NOLINTNEXTLINE(performance-move-constructor-init)
Secret::Secret(Secret&& other) noexcept : text_(other.text_) { other.wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = other.text_;
  other.wipe();
  return *this;
}

void Secret::wipe() {
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

}  // namespace towline::ssh
