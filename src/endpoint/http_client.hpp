// A question to an HTTP or HTTPS service, by POST. The only place that speaks TLS.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "endpoint/options.hpp"
#include "net/resolve.hpp"
#include "text/secret.hpp"

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace towline::endpoint {

struct HttpAnswer {
  int status = 0;
  std::string body{};  // of a 2xx alone
};

// Each question has a connection of its own. Not thread-safe; use on one io_context. `resolver` outlives it.
class HttpClient {
 public:
  HttpClient(AskedUrl url, const net::Resolver& resolver);
  ~HttpClient();

  // One exchange. No redirect is followed, no header and no body of more than 8 and 64 KiB is taken. The
  // token is read anew; the authorities are read once, with the first question. Errors: net's, the system's,
  // of TLS or HTTP, timed_out, operation_aborted when cancelled.
  Task<Result<HttpAnswer>> post(text::Secret json, net::Deadline deadline);

 private:
  Task<Result<HttpAnswer>> exchange(text::Secret json, net::Deadline deadline);
  Result<text::Secret> request(const text::Secret& json) const;
  Result<asio::ssl::context*> trust();

  const AskedUrl url_;
  const net::Resolver& resolver_;
  std::unique_ptr<asio::ssl::context> trust_;
};

}  // namespace towline::endpoint
