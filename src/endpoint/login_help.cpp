#include "endpoint/login_help.hpp"

#include <memory>
#include <utility>

namespace towline::endpoint {

Task<bool> LoginHelp::is_right(ssh::PasswordCheck check) {
  const auto question = std::make_shared<const ssh::PasswordCheck>(std::move(check));
  const auto answer = co_await hashing_.ask<bool>([question] { return ssh::is_right(*question); });
  co_return answer.value_or(false);
}

Task<ssh::ServiceAnswer> LoginHelp::ask(ssh::ServiceQuestion) { co_return ssh::ServiceAnswer{}; }

}  // namespace towline::endpoint
