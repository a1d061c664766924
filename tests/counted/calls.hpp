// What this program asks of the system and of the heap, counted: its own functions stand before the C
// library's.
#pragma once

#include <cstdint>

namespace towline::counted {

struct Calls {
  std::uint64_t sends = 0;     // send, sendmsg
  std::uint64_t receives = 0;  // recv, recvmsg
  std::uint64_t options = 0;   // setsockopt
  std::uint64_t controls = 0;  // epoll_ctl
  std::uint64_t allocations = 0;
  std::uint64_t bytes_held = 0;  // of the heap, what the allocator adds included
};

// Since the program began, of all threads.
Calls calls();

Calls operator-(const Calls& now, const Calls& before);
Calls& operator+=(Calls& sum, const Calls& more);

}  // namespace towline::counted
