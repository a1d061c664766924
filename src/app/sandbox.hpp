// What towline gives up for good before it talks to anybody: the system calls that a tunnel never needs, and
// whoever took it over would. docs/decisions/0021-a-sandbox-of-refusals.md
#pragma once

#include "async/result.hpp"

#include <linux/filter.h>
#include <span>
#include <string_view>
#include <vector>

namespace towline::app {

struct RefusedCall {
  long number;
  std::string_view name;
};

// Those that answer EPERM whatever their arguments are, by the numbers of the architecture that this is built
// for.
std::span<const RefusedCall> refused_calls();

// The filter, for seccomp(2): refused_calls(); calls by the numbers of another architecture; new processes
// (but not threads); memory that can be executed; sockets of other families than unix, IPv4, IPv6 and netlink
// (EAFNOSUPPORT). clone3, whose arguments no filter sees, answers ENOSYS: the C library uses clone then.
// Pure.
std::vector<sock_filter> sandbox_filter();

// From now on, for this thread and all that it starts; privileges gained by executing a file are gone too
// (no_new_privs). Call before any other thread exists. Errors: the system's, where there is no seccomp
// (EINVAL, ENOSYS), and ENOTSUP for an architecture that we have no numbers of.
Result<> enter_sandbox();

}  // namespace towline::app
