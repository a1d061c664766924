#include "endpoint/login_help.hpp"

#include "text/utf8.hpp"

#include <boost/asio/error.hpp>

#include <memory>
#include <string>
#include <utility>

namespace towline::endpoint {

namespace {

constexpr std::size_t reason_shown_max = 255;

std::string reason_of(const Failure& why) {
  if (why.code == asio::error::timed_out)
    return "no answer within " + std::to_string(service_timeout.count()) + " s";
  return text::one_line(why.message(), reason_shown_max);
}

}  // namespace

Task<bool> LoginHelp::is_right(ssh::PasswordCheck check) {
  const auto question = std::make_shared<const ssh::PasswordCheck>(std::move(check));
  const auto answer = co_await hashing_.ask<bool>([question] { return ssh::is_right(*question); });
  co_return answer.value_or(false);
}

Task<ssh::ServiceAnswer> LoginHelp::ask(ssh::ServiceQuestion question) {
  auto json = ssh::service_request(question);
  const auto deadline = std::chrono::steady_clock::now() + service_timeout;
  const auto answer = co_await client_.post(std::move(json), deadline);
  if (!answer) co_return ssh::ServiceAnswer{.detail = reason_of(answer.error())};
  co_return ssh::parse_service_answer(answer->status, answer->body);
}

}  // namespace towline::endpoint
