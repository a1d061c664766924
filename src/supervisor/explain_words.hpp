// What to do where the server has said itself what is the matter. Pure.
#pragma once

#include <string>
#include <string_view>

namespace towline::supervisor {

// For what a server has said, quoted (ssh::PeerWords). Sentences of OpenSSH, Linux-PAM and shadow, in
// English, as they stand in their sources; the last text that has one counts. Empty: none of them is known.
// It chooses a hint and nothing else.
std::string hint_of(std::string_view said, const std::string& user);

}  // namespace towline::supervisor
