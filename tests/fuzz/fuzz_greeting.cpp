// A server may say anything before a key is exchanged.
#include "ssh/greeting.hpp"
#include "text/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace towline;

namespace {

// What is shown is one line of valid text without anything that a terminal obeys.
void expect_shown(std::string_view text) {
  while (!text.empty()) {
    const auto step = text::next_code_point(text);
    if (!step.valid || text::is_control(step.code_point)) std::abort();
    text.remove_prefix(step.length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ssh::ServerWords words;
  ssh::Greeting greeting(words);
  const auto half = size / 2;
  greeting.read({data, half});
  greeting.read({data + half, size - half});
  greeting.end();
  expect_shown(words.quoted());
  if (!greeting.kexinit()) return 0;
  if (const auto failure = ssh::no_common_algorithm({}, *greeting.kexinit())) expect_shown(failure->detail);
  return 0;
}
