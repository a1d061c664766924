// The admin server's answers: a request and a view in, a response out; pure.
#pragma once

#include "admin/view.hpp"
#include "observe/reasons.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::admin {

struct Request {
  std::string_view method;
  std::string_view target;
  // Headers, empty where there is none.
  std::string_view accept;
  std::string_view host = {};
  std::string_view origin = {};
  std::string_view body = {};
};

// Of Response::content_type.
inline constexpr std::string_view text_plain = "text/plain; charset=utf-8";
inline constexpr std::string_view text_html = "text/html; charset=utf-8";
inline constexpr std::string_view application_json = "application/json";

struct Response {
  unsigned status = 200;
  std::string_view content_type;
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // besides Content-Type
  std::string body;  // for HEAD as well; the server does not send it then
  observe::HttpHandler handler = observe::HttpHandler::other;
};

Response respond(const Request& request, const View& view);

// An answer to what never became a request: a broken, oversized or late one.
Response refuse(unsigned status, std::string_view why);

}  // namespace towline::admin
