#include "admin/routes.hpp"

#include "admin/accept.hpp"
#include "admin/json.hpp"
#include "admin/page.hpp"
#include "admin/target.hpp"
#include "observe/health.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

namespace towline::admin {

namespace {

using observe::HttpHandler;
using observe::Verdict;

constexpr std::string_view known_paths = "/livez /readyz /readyz/<forward> /startupz /statusz /metrics /";

struct Route {
  std::string_view path;
  HttpHandler handler;
};

constexpr std::array<Route, 11> routes{{{"/livez", HttpHandler::livez},
                                        {"/healthz", HttpHandler::livez},
                                        {"/liveness", HttpHandler::livez},
                                        {"/readyz", HttpHandler::readyz},
                                        {"/readiness", HttpHandler::readyz},
                                        {"/ready", HttpHandler::readyz},
                                        {"/startupz", HttpHandler::startupz},
                                        {"/startup", HttpHandler::startupz},
                                        {"/statusz", HttpHandler::statusz},
                                        {"/metrics", HttpHandler::metrics},
                                        {"/", HttpHandler::index}}};

constexpr std::string_view one_forward = "/readyz/";

HttpHandler handler_of(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto found = std::ranges::find(routes, path, &Route::path);
  if (found != routes.end()) return found->handler;
  return path.starts_with(one_forward) ? HttpHandler::readyz : HttpHandler::other;
}

Response answer(HttpHandler handler, unsigned status, std::string_view content_type, std::string body) {
  Response response{.status = status, .content_type = content_type, .headers = {}, .body = std::move(body)};
  response.handler = handler;
  // No answer is worth keeping, and none is to be taken for anything but what it says it is.
  response.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  return response;
}

struct Asked {
  const Request& request;
  const Target& target;
  HttpHandler handler;
};

// `failed` is the first half of a sentence: "not ready".
Response health(const Asked& asked, const Verdict& verdict, std::string_view failed) {
  const unsigned status = verdict.ok ? 200 : 503;
  if (prefers_json(asked.request.accept)) {
    return answer(asked.handler, status, application_json, verdict_json(to_string(asked.handler), verdict));
  }
  std::string body;
  if (asked.target.verbose) {
    for (const std::string& line : verdict.lines) body += line + "\n";
  }
  body += verdict.ok ? "ok\n" : std::string(failed) + ": " + verdict.summary + "\n";
  return answer(asked.handler, status, text_plain, text::valid_utf8(body));
}

std::string forward_names(const View& view) {
  std::string names;
  for (const auto& forward : view.facts.forwards) names += " " + forward.traits->name;
  return names;
}

Response readiness(const Asked& asked, const View& view) {
  std::string_view path = asked.target.path;
  if (!path.starts_with(one_forward) || path == one_forward) {
    Verdict verdict = observe::ready(view.facts, asked.target.excluded);
    for (const std::string& name : asked.target.excluded) {
      const bool known = std::ranges::any_of(
          view.facts.forwards, [&](const auto& forward) { return forward.traits->name == name; });
      if (!known) verdict.lines.push_back("[?]forward/" + name + " excluded but unknown");
    }
    return health(asked, verdict, "not ready");
  }
  const std::string_view name = path.substr(one_forward.size());
  for (const auto& forward : view.facts.forwards) {
    if (forward.traits->name != name) continue;
    return health(asked, observe::forward_ready(forward, view.facts), "not ready");
  }
  std::string body = "no such forward; there are:" + forward_names(view) + "\n";
  return answer(asked.handler, 404, text_plain, std::move(body));
}

Response index(const Asked& asked, const View& view) {
  Response response = answer(asked.handler, 200, text_html, page(view));
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  return response;
}

Response metrics(const Asked& asked, const View& view) {
  const observe::Exposition format = negotiate_exposition(asked.request.accept);
  return answer(asked.handler, 200, observe::content_type(format), view.metrics(format));
}

}  // namespace

Response respond(const Request& request, const View& view) {
  const auto target = parse_target(request.target);
  if (!target) return refuse(400, "bad request target");
  const Asked asked{request, *target, handler_of(target->path)};

  if (asked.handler != HttpHandler::other && request.method != "GET" && request.method != "HEAD") {
    Response response = answer(asked.handler, 405, text_plain, "only GET and HEAD\n");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  switch (asked.handler) {
    case HttpHandler::livez: return health(asked, observe::live(view.facts), "not live");
    case HttpHandler::readyz: return readiness(asked, view);
    case HttpHandler::startupz: return health(asked, observe::startup(view.facts), "not started");
    case HttpHandler::statusz: return answer(asked.handler, 200, application_json, status_json(view));
    case HttpHandler::metrics: return metrics(asked, view);
    case HttpHandler::index: return index(asked, view);
    case HttpHandler::other: break;
  }
  return refuse(404, "not found; there are: " + std::string(known_paths));
}

Response refuse(unsigned status, std::string_view why) {
  return answer(HttpHandler::other, status, text_plain, std::string(why) + "\n");
}

}  // namespace towline::admin
