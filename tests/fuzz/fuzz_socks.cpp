// A hostile SOCKS client: whatever it sends, and in whatever pieces, what is understood is the same; nothing
// is taken beyond the request, nothing is kept without bound, and every answer is one of the few there are.
#include "expect.hpp"
#include "forward/socks.hpp"

#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>
#include <utility>

namespace {

using namespace towline::forward::socks;
using namespace towline::fuzz;

// A method, and a reply to a request that was refused.
constexpr std::size_t answer_max = 2 + 10;
constexpr std::size_t text_max = 255;                                          // a user, a name, the methods
constexpr std::size_t request_max = std::max(8 + text_max + 1 + text_max + 1,  // SOCKS 4a
                                             2 + text_max + 4 + 1 + text_max + 2);  // SOCKS 5

// What is understood of it when it comes in these pieces.
Heard heard_of(Bytes input, FuzzedDataProvider& cuts) {
  Heard heard;
  for (std::size_t come = 0; come < input.size() && !heard.over();) {
    come += cuts.ConsumeIntegralInRange<std::size_t>(1, input.size() - come);
    auto more = parse(text_of(input.first(come)));
    require(more.taken > heard.taken && more.answer.starts_with(heard.answer));
    require(more.over() ? more.taken <= come : more.taken == come);
    heard = std::move(more);
  }
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices(data, size);
  const auto pieces = choices.ConsumeBytes<std::uint8_t>(choices.ConsumeIntegralInRange<std::size_t>(0, 32));
  const auto input = choices.ConsumeRemainingBytes<std::uint8_t>();

  const auto whole = parse(text_of(input));
  FuzzedDataProvider cuts(pieces.data(), pieces.size());
  require(heard_of(input, cuts) == whole);
  require(!(whole.request && whole.refusal));
  require(whole.taken <= request_max && whole.answer.size() <= answer_max);
  require(whole.over() || whole.taken == input.size());
  if (!whole.request) return 0;

  const auto& host = whole.request->target.host;
  require(!host.empty() && host.size() <= 255);
  for (const char c : host) require(static_cast<unsigned char>(c) > ' ');
  // What stands behind the request is not looked at, and a request that lacks its last byte is none.
  require(parse(text_of(Bytes(input).first(whole.taken))) == whole);
  require(!parse(text_of(Bytes(input).first(whole.taken - 1))).over());
  return 0;
}
