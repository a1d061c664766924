// One client's login: its messages, and what must be asked of others on the way.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/auth/server/user_authentication.hpp"
#include "ssh/transport/server/server_transport.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace towline::ssh {

// What takes longer than a turn of the loop, done elsewhere and answered on it.
class LoginHelp {
 public:
  virtual ~LoginHelp() = default;
  virtual Task<bool> is_right(PasswordCheck check) = 0;
  virtual Task<ServiceAnswer> ask(ServiceQuestion question) = 0;
};

// Why nobody has logged in: the client has broken the rules, or its connection is over.
struct NoLogin {
  Refusal refusal = Refusal::none;
  Failure why;
};

// Who it is, or else why nobody.
struct LoginEnd {
  std::optional<LoggedIn> user{};
  NoLogin no_login{};
};

// From the end of the first key exchange until the client has its SUCCESS. `banner` is shown first; empty:
// none. `refused` hears of each attempt that has failed. Unbounded: give it a deadline.
Task<LoginEnd> log_in(ServerTransport& transport, UserAuthentication& authentication, std::string banner,
                      LoginHelp& help, std::function<void(const RefusedAttempt&)> refused);

}  // namespace towline::ssh
