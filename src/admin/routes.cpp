#include "admin/routes.hpp"

#include "admin/accept.hpp"
#include "admin/json.hpp"
#include "admin/page.hpp"
#include "observe/health.hpp"
#include "text/utf8.hpp"

#include <algorithm>

namespace towline::admin {

namespace {

using observe::HttpHandler;
using observe::Verdict;

// `failed` is the first half of a sentence: "not ready".
Response health(const Asked& asked, const Verdict& verdict, std::string_view failed) {
  const unsigned status = verdict.ok ? 200 : 503;
  if (prefers_json(asked.request.accept))
    return {status, application_json, verdict_json(to_string(asked.handler), verdict)};
  std::string body;
  if (asked.target.verbose) {
    for (const std::string& line : verdict.lines) body += line + "\n";
  }
  body += verdict.ok ? "ok\n" : std::string(failed) + ": " + verdict.summary + "\n";
  return {status, text_plain, text::valid_utf8(body)};
}

Response livez(const Asked& asked, const View& view) {
  return health(asked, observe::live(view.facts), "not live");
}

Response readyz(const Asked& asked, const View& view) {
  Verdict verdict = observe::ready(view.facts, asked.target.excluded);
  for (const std::string& name : asked.target.excluded) {
    const bool known = std::ranges::any_of(view.facts.forwards,
                                           [&](const auto& forward) { return forward.traits->name == name; });
    if (!known) verdict.lines.push_back("[?]forward/" + name + " excluded but unknown");
  }
  return health(asked, verdict, "not ready");
}

Response readyz_of_forward(const Asked& asked, const View& view) {
  std::string names;
  for (const auto& forward : view.facts.forwards) {
    if (forward.traits->name == asked.name)
      return health(asked, observe::forward_ready(forward, view.facts), "not ready");
    names += " " + forward.traits->name;
  }
  return say(404, "no such forward; there are:" + names);
}

Response startupz(const Asked& asked, const View& view) {
  return health(asked, observe::startup(view.facts), "not started");
}

Response statusz(const Asked&, const View& view) { return {200, application_json, status_json(view)}; }

Response metrics(const Asked& asked, const View& view) {
  const observe::Exposition format = negotiate_exposition(asked.request.accept);
  return {200, observe::content_type(format), view.metrics(format)};
}

Response index(const Asked&, const View& view) {
  Response response{200, text_html, page(view)};
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  return response;
}

constexpr Route<View> health_routes[] = {
    {"GET", "/livez", livez, HttpHandler::livez},
    {"GET", "/healthz", livez, HttpHandler::livez, false},
    {"GET", "/liveness", livez, HttpHandler::livez, false},
    {"GET", "/readyz", readyz, HttpHandler::readyz},
    {"GET", "/readiness", readyz, HttpHandler::readyz, false},
    {"GET", "/ready", readyz, HttpHandler::readyz, false},
    {"GET", "/readyz/<forward>", readyz_of_forward, HttpHandler::readyz},
    {"GET", "/startupz", startupz, HttpHandler::startupz},
    {"GET", "/startup", startupz, HttpHandler::startupz, false},
    {"GET", "/statusz", statusz, HttpHandler::statusz},
    {"GET", "/metrics", metrics, HttpHandler::metrics},
    {"GET", "/", index, HttpHandler::index},
};

}  // namespace

Response respond(const Request& request, const View& view) { return answer(health_routes, request, view); }

}  // namespace towline::admin
