// What a login waits for and the loop must not: a password's hash.
#pragma once

#include "endpoint/elsewhere.hpp"
#include "ssh/server/login.hpp"

#include <utility>

namespace towline::endpoint {

// Hashes are computed one after the other. Not thread-safe; use on the endpoint's io_context.
class LoginHelp final : public ssh::LoginHelp {
 public:
  explicit LoginHelp(asio::any_io_executor executor) : hashing_(std::move(executor)) {}

  Task<bool> is_right(ssh::PasswordCheck check) override;
  // There is none: it says no.
  Task<ssh::ServiceAnswer> ask(ssh::ServiceQuestion question) override;

 private:
  Elsewhere hashing_;
};

}  // namespace towline::endpoint
