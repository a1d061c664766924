// What a login waits for and the loop must not: a password's hash, and the service that is asked.
#pragma once

#include "endpoint/elsewhere.hpp"
#include "endpoint/http_client.hpp"
#include "ssh/server/login.hpp"

#include <chrono>
#include <utility>

namespace towline::endpoint {

// For name, connection, question and answer together.
constexpr std::chrono::seconds service_timeout{5};

// Hashes are computed one after the other, questions are asked side by side. Not thread-safe; use on the
// endpoint's io_context. `resolver` outlives it.
class LoginHelp final : public ssh::LoginHelp {
 public:
  LoginHelp(asio::any_io_executor executor, const AskedUrl& url, const net::Resolver& resolver)
      : hashing_(std::move(executor)), client_(url, resolver) {}

  Task<bool> is_right(ssh::PasswordCheck check) override;
  // Without an answer: no.
  Task<ssh::ServiceAnswer> ask(ssh::ServiceQuestion question) override;

 private:
  Elsewhere hashing_;
  HttpClient client_;
};

}  // namespace towline::endpoint
