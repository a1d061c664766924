#include "admin/control.hpp"

#include "admin/target.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace towline::admin {

namespace {

using observe::Level;

constexpr std::string_view reconnect_one = "/-/reconnect/";
constexpr std::string_view control_paths =
    "POST /quitquitquit, POST /-/reload, POST /-/reconnect, POST /-/reconnect/<forward>, PUT /-/loglevel, "
    "GET "
    "/configz";

enum class Order { quit, reload, reconnect, log_level, config };

struct ControlRoute {
  std::string_view path;
  Order order;
  std::string_view method;
};

constexpr std::array<ControlRoute, 5> control_routes{{{"/quitquitquit", Order::quit, "POST"},
                                                      {"/-/reload", Order::reload, "POST"},
                                                      {"/-/reconnect", Order::reconnect, "POST"},
                                                      {"/-/loglevel", Order::log_level, "PUT"},
                                                      {"/configz", Order::config, "GET"}}};

constexpr std::array<std::pair<std::string_view, Level>, 5> levels{{{"error", Level::error},
                                                                    {"warn", Level::warn},
                                                                    {"info", Level::info},
                                                                    {"debug", Level::debug},
                                                                    {"trace", Level::trace}}};

Response control_answer(unsigned status, std::string body, std::string_view content_type = text_plain) {
  Response response{.status = status, .content_type = content_type, .headers = {}, .body = std::move(body)};
  response.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  return response;
}

const ControlRoute* route_of(std::string_view path) {
  if (path.starts_with(reconnect_one)) path = reconnect_one;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto* found = std::ranges::find(control_routes, path, &ControlRoute::path);
  return found == control_routes.end() ? nullptr : found;
}

std::string_view trimmed_body(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

Response set_level(const Request& request, const Target& target, const ControlOrders& orders) {
  const std::string_view wanted = target.level ? std::string_view(*target.level) : trimmed_body(request.body);
  for (const auto& [word, level] : levels) {
    if (wanted != word) continue;
    orders.set_level(level);
    return control_answer(200, "the log level is " + std::string(word) + "\n");
  }
  return control_answer(400, "name a level in ?level= or in the body: error, warn, info, debug or trace\n");
}

Response reconnect(const Target& target, const ControlOrders& orders) {
  std::string_view path = target.path;
  const auto forward =
      path.starts_with(reconnect_one) ? path.substr(reconnect_one.size()) : std::string_view{};
  if (!orders.reconnect(forward)) return control_answer(404, "there is no such forward\n");
  return control_answer(202, "reconnecting\n");
}

Response carry_out(Order order, const Request& request, const Target& target, const ControlOrders& orders) {
  switch (order) {
    case Order::quit: orders.quit(); return control_answer(202, "ending\n");
    case Order::reload: orders.reload(); return control_answer(202, "reloading\n");
    case Order::reconnect: return reconnect(target, orders);
    case Order::log_level: return set_level(request, target, orders);
    case Order::config: return control_answer(200, orders.config, application_json);
  }
  return control_answer(404, "not found\n");
}

}  // namespace

Response respond_control(const Request& request, const ControlOrders& orders) {
  const auto target = parse_target(request.target);
  if (!target) return control_answer(400, "bad request target\n");
  const auto* route = route_of(target->path);
  if (!route) return control_answer(404, "not found; there are: " + std::string(control_paths) + "\n");
  const bool reading = route->method == "GET" && request.method == "HEAD";
  if (request.method != route->method && !reading) {
    Response response = control_answer(405, "only " + std::string(route->method) + "\n");
    response.headers.emplace_back("Allow", route->method == "GET" ? "GET, HEAD" : route->method);
    return response;
  }
  return carry_out(route->order, request, *target, orders);
}

}  // namespace towline::admin
