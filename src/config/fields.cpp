#include "config/fields.hpp"

#include <vector>

namespace towline::config {

namespace {

std::vector<Field> whole_table() {
  std::vector<Field> table;
  for (const auto part : {server_fields(), forward_fields(), publish_fields(), endpoint_fields(),
                          expose_fields(), operation_fields()}) {
    table.insert(table.end(), part.begin(), part.end());
  }
  return table;
}

}  // namespace

std::string_view title(Section section) {
  switch (section) {
    case Section::server: return "The SSH server";
    case Section::authentication: return "Authentication";
    case Section::host_key: return "The server's host key";
    case Section::forward: return "The forward";
    case Section::forwards: return "Many forwards, and what holds for all";
    case Section::publish: return "Publishing (-R to a tunnel service)";
    case Section::endpoint: return "The endpoint (-S)";
    case Section::expose: return "The public entrance (expose)";
    case Section::session: return "Connecting and staying connected";
    case Section::operation: return "Operation";
  }
  return "";
}

std::span<const Field> fields() {
  static const std::vector<Field> table = whole_table();
  return table;
}

std::vector<std::string_view> secret_names() {
  std::vector<std::string_view> names;
  for (const Field& field : fields()) {
    if (!is_secret(field)) continue;
    names.push_back(field.name);
    if (!field.alias.empty()) names.push_back(field.alias);
  }
  return names;
}

}  // namespace towline::config
