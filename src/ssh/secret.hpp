// Text that wipes itself: private keys and passphrases.
#pragma once

#include <string>
#include <string_view>

namespace towline::ssh {

// Moved, never copied; nothing prints it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string&& text);  // wiped there
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  std::string_view reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  void wipe();

  std::string text_;
};

}  // namespace towline::ssh
