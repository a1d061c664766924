// What a visitor is told where no client answers; pure.
#pragma once

#include "expose/http/head.hpp"
#include "expose/web/no_way.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace towline::expose::web {

// For a request that was understood as far as that it is HEAD, and whether more may follow.
struct PageFor {
  bool is_head = false;
  bool keep_alive = false;
  unsigned minor = 1;
};

// A whole answer: a small page with the sentence and the label, not to be stored. `detail`: what is wrong,
// ours.
std::string page(NoWay why, const PageFor& whom, std::string_view detail = {});

// 308 to https, with `port` where it is not 443; 0: the same.
std::string redirect(const RequestHead& head, std::uint16_t port, bool keep_alive);

}  // namespace towline::expose::web
