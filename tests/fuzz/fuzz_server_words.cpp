// Whatever a server says is shown in one line, and some of it is known.
#include "expect.hpp"
#include "ssh/transport/peer_words.hpp"
#include "supervisor/explain_words.hpp"
#include "text/utf8.hpp"

#include <algorithm>

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of({data, size});
  require_one_line(text::shown(text));
  const auto valid = text::valid_utf8(text);
  require(text::valid_utf8(valid) == valid);

  ssh::PeerWords words;
  for (std::size_t at = 0; at <= size;) {
    const auto end = std::min(text.find('\n', at), size);
    words.add(text.substr(at, end - at));
    at = end + 1;
  }
  const auto said = words.take();
  require(words.empty());
  require_one_line(said);
  require_one_line(supervisor::hint_of(said, "user"));
  return 0;
}
