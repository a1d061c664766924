// A hostile SOCKS client: whatever it sends, and in whatever pieces, what is understood is the same; nothing
// is taken beyond the request, nothing is kept without bound, and every answer is one of the few there are.
#include "expect.hpp"
#include "forward/socks.hpp"

#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>
#include <string>
#include <vector>

namespace {

using namespace towline::forward::socks;
using namespace towline::fuzz;

// A method, and a reply to a request that was refused.
constexpr std::size_t answer_max = 2 + 10;
constexpr std::size_t text_max = 255;                                          // a user, a name, the methods
constexpr std::size_t request_max = std::max(8 + text_max + 1 + text_max + 1,  // SOCKS 4a
                                             2 + text_max + 4 + 1 + text_max + 2);  // SOCKS 5

struct Outcome {
  std::size_t taken = 0;
  std::string answer;
  std::optional<Request> request;
  std::optional<errc> refusal;

  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(Bytes input, FuzzedDataProvider* pieces) {
  Decoder decoder;
  Outcome outcome;
  while (!input.empty()) {
    const auto n = pieces ? pieces->ConsumeIntegralInRange<std::size_t>(1, input.size()) : input.size();
    const auto taken = decoder.feed(input.first(n));
    require(taken <= n && (taken == n || decoder.done()));
    outcome.taken += taken;
    outcome.answer += decoder.take_answer();
    require(decoder.take_answer().empty());
    if (decoder.done()) break;
    input = input.subspan(n);
  }
  outcome.request = decoder.request();
  outcome.refusal = decoder.refusal();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices(data, size);
  const auto pieces = choices.ConsumeBytes<std::uint8_t>(choices.ConsumeIntegralInRange<std::size_t>(0, 32));
  const auto input = choices.ConsumeRemainingBytes<std::uint8_t>();

  const auto whole = outcome_of(input, nullptr);
  FuzzedDataProvider cuts(pieces.data(), pieces.size());
  require(outcome_of(input, &cuts) == whole);
  require(!(whole.request && whole.refusal));
  require(whole.taken <= request_max && whole.answer.size() <= answer_max);
  require(whole.request || whole.refusal || whole.taken == input.size());
  if (!whole.request) return 0;

  const auto& host = whole.request->target.host;
  require(!host.empty() && host.size() <= 255);
  for (const char c : host) require(static_cast<unsigned char>(c) > ' ');
  // What stands behind the request is not looked at, and a request that lacks its last byte is none.
  require(outcome_of(Bytes(input).first(whole.taken), nullptr) == whole);
  const auto cut = outcome_of(Bytes(input).first(whole.taken - 1), nullptr);
  require(!cut.request && !cut.refusal);
  return 0;
}
