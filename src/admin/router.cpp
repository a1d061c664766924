#include "admin/router.hpp"

namespace towline::admin {

Response say(unsigned status, std::string_view line) {
  return {.status = status, .content_type = text_plain, .body = std::string(line) + '\n'};
}

std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const bool ends_in_name = pattern.ends_with('>');
  if (!ends_in_name && path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto open = pattern.find('<');
  if (open == std::string_view::npos)
    return path == pattern ? std::optional<std::string_view>("") : std::nullopt;
  const auto before = pattern.substr(0, open);
  const auto after = pattern.substr(pattern.find('>') + 1);
  if (path.size() <= before.size() + after.size()) return std::nullopt;
  if (!path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
  return path.substr(before.size(), path.size() - before.size() - after.size());
}

bool allows(std::string_view route_method, std::string_view method) {
  return method == route_method || (route_method == "GET" && method == "HEAD");
}

Response refuse_method(std::string_view route_method) {
  const bool reading = route_method == "GET";
  auto response = say(405, "only " + std::string(reading ? "GET and HEAD" : route_method));
  response.headers.emplace_back("Allow", reading ? "GET, HEAD" : route_method);
  return response;
}

}  // namespace towline::admin
