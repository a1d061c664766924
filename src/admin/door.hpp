// Who may ask. A browser carries out the requests of pages that others wrote, from this machine and as its
// user: loopback keeps strangers out, but not these. Pure.
#pragma once

#include "admin/router.hpp"

#include <string>

namespace towline::admin {

// Where a listener can be reached from. A browser does not reach a unix socket.
enum class Reach { others, loopback, unix_socket };

struct Door {
  Reach reach = Reach::others;
  std::string host{};  // as it was configured; empty: every address
};

// Whether a request comes from elsewhere, by the Origin of a page that is not this machine's, or on loopback
// by a Host that is not: a stranger's name may lead here (DNS rebinding). This machine's are "localhost", the
// loopback addresses and the name that was configured, with any port. HTTP/1.0 has no Host to be judged by.
// What others reach may be asked under any name.
bool is_foreign(const Request& request, const Door& door);

// The answer to it.
Response refuse_foreign();

}  // namespace towline::admin
