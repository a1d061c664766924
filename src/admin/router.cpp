#include "admin/router.hpp"

namespace towline::admin {

Response say(unsigned status, std::string_view line) {
  return {.status = status, .content_type = text_plain, .body = std::string(line) + '\n'};
}

std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with("<forward>")) {
    const auto before = pattern.substr(0, pattern.find('<'));
    if (!path.starts_with(before) || path == before) return std::nullopt;
    return path.substr(before.size());
  }
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path != pattern) return std::nullopt;
  return "";
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
