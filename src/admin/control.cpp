#include "admin/control.hpp"

#include <charconv>
#include <system_error>

namespace towline::admin {

namespace {

std::string_view trimmed_body(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

Response quit(const Asked&, const ControlOrders& orders) {
  orders.quit();
  return say(202, "ending");
}

Response reload(const Asked&, const ControlOrders& orders) {
  orders.reload();
  return say(202, "reloading");
}

Response reconnect(const Asked& asked, const ControlOrders& orders) {
  return orders.reconnect(asked.name) ? say(202, "reconnecting") : say(404, "there is no such forward");
}

Response disconnect(const Asked& asked, const ControlOrders& orders) {
  std::uint64_t client = 0;
  const auto [end, error] = std::from_chars(asked.name.begin(), asked.name.end(), client);
  const bool known = error == std::errc{} && end == asked.name.end() && orders.disconnect(client);
  return known ? say(202, "disconnecting") : say(404, "there is no such client; see /statusz");
}

Response end_exposed(const Asked& asked, const ControlOrders& orders) {
  return orders.end_exposed(asked.name)
             ? say(202, "ending")
             : say(404, "nothing is exposed there; see what clients listen on in /statusz");
}

std::string level_list() {
  std::string list;
  for (const auto& [word, level] : observe::level_words) {
    if (!list.empty()) list += level == observe::level_words.back().second ? " or " : ", ";
    list += word;
  }
  return list;
}

Response set_level(const Asked& asked, const ControlOrders& orders) {
  const auto& by_query = asked.target.level;
  const auto wanted = by_query ? std::string_view(*by_query) : trimmed_body(asked.request.body);
  for (const auto& [word, level] : observe::level_words) {
    if (wanted != word) continue;
    orders.set_level(level);
    return say(200, "the log level is " + std::string(word));
  }
  return say(400, "name a level in ?level= or in the body: " + level_list());
}

Response config(const Asked&, const ControlOrders& orders) { return {200, application_json, orders.config}; }

constexpr Route<ControlOrders> control_routes[] = {
    {"POST", "/quitquitquit", quit},
    {"POST", "/-/reload", reload},
    {"POST", "/-/reconnect", reconnect},
    {"POST", "/-/reconnect/<forward>", reconnect},
    {"POST", "/-/clients/<id>/disconnect", disconnect},
    {"POST", "/-/exposed/<name>/end", end_exposed},
    {"PUT", "/-/loglevel", set_level},
    {"GET", "/configz", config},
};

}  // namespace

Response respond_control(const Request& request, const ControlOrders& orders) {
  return answer(control_routes, request, orders);
}

}  // namespace towline::admin
