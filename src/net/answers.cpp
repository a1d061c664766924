#include "net/answers.hpp"

#include <algorithm>
#include <array>

namespace towline::net {

namespace {

// The first of the two in this order.
template <std::size_t n>
Answer first_of(const std::array<Answer, n>& order, Answer one, Answer other) {
  const auto found = std::ranges::find_if(order, [&](Answer a) { return a == one || a == other; });
  return found == order.end() ? Answer::timed_out : *found;
}

}  // namespace

Patience patience(Answer v4, Answer v6) {
  if (v4 != Answer::none && v6 != Answer::none) return Patience::none;
  const bool decided = v4 == Answer::found || v6 == Answer::found || v4 == Answer::not_found;
  return decided ? Patience::resolution_delay : Patience::all_there_is;
}

Answer together(Answer v4, Answer v6) {
  if (v4 == Answer::none) v4 = Answer::timed_out;
  if (v6 == Answer::none) v6 = Answer::timed_out;
  if (v4 == Answer::not_asked) return v6;
  if (v6 == Answer::not_asked) return v4;
  if (v4 == Answer::not_found && v6 != Answer::found) return v6 == Answer::no_address ? v6 : v4;
  constexpr std::array order{Answer::found, Answer::timed_out, Answer::failed, Answer::no_address,
                             Answer::not_found};
  return first_of(order, v4, v6);
}

bool goes_on(Answer answer) { return answer != Answer::found && answer != Answer::timed_out; }

Answer worse(Answer one, Answer other) {
  return first_of(std::array{Answer::timed_out, Answer::no_address, Answer::failed, Answer::not_found}, one,
                  other);
}

}  // namespace towline::net
