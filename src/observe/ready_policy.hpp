// How many required forwards must be up for the agent to be ready.
#pragma once

#include <cstddef>

namespace towline::observe {

struct ReadyPolicy {
  enum class Rule { all, any, at_least };

  Rule rule = Rule::all;
  std::size_t count = 0;  // for at_least; more than there are means all
};

}  // namespace towline::observe
