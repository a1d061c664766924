// From a request to its answer, by the table of the door that it came to. Pure.
#pragma once

#include "admin/target.hpp"
#include "observe/reasons.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
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
  std::string body;  // for HEAD as well; the server does not send it then
  // Besides Content-Type. No answer is worth keeping, and none is to be taken for anything but what it says
  // it is.
  std::vector<std::pair<std::string_view, std::string_view>> headers = {
      {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  observe::HttpHandler handler = observe::HttpHandler::other;
};

// One line of text.
Response say(unsigned status, std::string_view line);

struct Asked {
  const Request& request;
  const Target& target;
  observe::HttpHandler handler;
  std::string_view name;  // what stands for "<…>" in the path
};

// A row of a door's table. `Source` is what its answers are made of.
template <class Source>
struct Route {
  std::string_view method;  // GET: HEAD as well
  std::string_view path;    // may have one part like "<forward>"
  Response (*answer)(const Asked& asked, const Source& source);
  observe::HttpHandler handler = observe::HttpHandler::other;
  bool listed = true;  // false: another name of the path before
};

// What `path` has where `pattern` has "<…>", "" where it has none; nothing where they do not match. A slash
// more at the end is the same path, and after a name a part of that.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path);

bool allows(std::string_view route_method, std::string_view method);
Response refuse_method(std::string_view route_method);

// "/livez /readyz"; with their methods where not all of them only read.
template <class Source, std::size_t count>
std::string listed(const Route<Source> (&routes)[count]) {
  const auto reads = [](const auto& route) { return route.method == "GET"; };
  const bool all_read = std::ranges::all_of(routes, reads);
  std::string text;
  for (const auto& route : routes) {
    if (!route.listed) continue;
    if (!text.empty()) text += all_read ? " " : ", ";
    if (!all_read) text += std::string(route.method) + ' ';
    text += route.path;
  }
  return text;
}

template <class Source, std::size_t count>
Response answer(const Route<Source> (&routes)[count], const Request& request, const Source& source) {
  const auto target = parse_target(request.target);
  if (!target) return say(400, "bad request target");
  for (const auto& route : routes) {
    const auto name = match(route.path, target->path);
    if (!name) continue;
    auto response = allows(route.method, request.method)
                        ? route.answer({request, *target, route.handler, *name}, source)
                        : refuse_method(route.method);
    response.handler = route.handler;
    return response;
  }
  return say(404, "not found; there are: " + listed(routes));
}

}  // namespace towline::admin
