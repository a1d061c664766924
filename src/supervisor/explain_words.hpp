// What to do where the server has said itself what is the matter. Pure.
#pragma once

#include "async/result.hpp"

#include <string>

namespace towline::supervisor {

// For a server that does not let us in or ends the session. Sentences of OpenSSH, Linux-PAM and shadow, in
// English, as they stand in their sources; the last text that has one counts. Empty: none of them is known.
// It chooses a hint and nothing else.
std::string hint_by_words(const Failure& failure, const std::string& user);

}  // namespace towline::supervisor
