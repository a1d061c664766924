// Text that wipes itself: private keys and passphrases.
#pragma once

#include <string.h>
#include <string>
#include <string_view>

namespace towline::text {

// Moved, never copied; nothing prints it.
class Secret {
 public:
  Secret() = default;
  // A short string lives inside its object, so a move copies it: the source is wiped too.
  explicit Secret(std::string&& text) : text_(text) { wipe(text); }
  // NOLINTNEXTLINE(performance-move-constructor-init)
  Secret(Secret&& other) noexcept : text_(other.text_) { wipe(other.text_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(text_);
    text_ = other.text_;
    wipe(other.text_);
    return *this;
  }
  ~Secret() { wipe(text_); }

  std::string_view reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  static void wipe(std::string& text) {
    explicit_bzero(text.data(), text.size());
    text.clear();
  }

  std::string text_;
};

}  // namespace towline::text
