#include "admin/accept.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace towline::admin {

namespace {

using boost::algorithm::iequals;

// One media range of RFC 9110 section 12.5.1.
struct MediaRange {
  std::string_view type;  // "text/plain", "*/*"
  std::string_view version;
  double weight = 1;  // q
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Cuts off and returns what stands before `separator`; quoted strings keep theirs.
std::string_view next_part(std::string_view& text, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != separator); ++at) {
    if (text[at] == '"') quoted = !quoted;
  }
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(text.size(), at + 1));
  return trimmed(part);
}

// A weight that is not one counts as 0, as if the range had not been written.
double parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789.") != std::string_view::npos)
    return 0;
  const double weight = std::strtod(std::string(text).c_str(), nullptr);
  return std::clamp(weight, 0.0, 1.0);
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

std::vector<MediaRange> parse(std::string_view accept) {
  std::vector<MediaRange> ranges;
  while (!accept.empty()) {
    std::string_view item = next_part(accept, ',');
    MediaRange range;
    range.type = next_part(item, ';');
    while (!item.empty()) {
      std::string_view parameter = next_part(item, ';');
      const std::string_view name = next_part(parameter, '=');
      const std::string_view value = unquoted(trimmed(parameter));
      if (iequals(name, "q")) range.weight = parse_weight(value);
      if (iequals(name, "version")) range.version = value;
    }
    if (!range.type.empty()) ranges.push_back(range);
  }
  return ranges;
}

struct Rank {
  double weight = 0;
  std::size_t position = 0;
};

// The best range that names `type` itself, in this version or in none; wildcards do not name anything.
std::optional<Rank> rank(const std::vector<MediaRange>& ranges, std::string_view type,
                         std::string_view version) {
  std::optional<Rank> best;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const MediaRange& range = ranges[i];
    const bool same_version = version.empty() || range.version.empty() || range.version == version;
    if (!iequals(range.type, type) || !same_version || range.weight <= 0) continue;
    if (!best || range.weight > best->weight) best = Rank{range.weight, i};
  }
  return best;
}

bool wins(const std::optional<Rank>& a, const std::optional<Rank>& b) {
  if (!a || !b) return a.has_value();
  return a->weight > b->weight || (a->weight == b->weight && a->position < b->position);
}

}  // namespace

observe::Exposition negotiate_exposition(std::string_view accept) {
  const auto ranges = parse(accept);
  const bool openmetrics =
      wins(rank(ranges, "application/openmetrics-text", "1.0.0"), rank(ranges, "text/plain", "0.0.4"));
  return openmetrics ? observe::Exposition::openmetrics_1_0_0 : observe::Exposition::text_0_0_4;
}

bool prefers_json(std::string_view accept) {
  const auto ranges = parse(accept);
  return wins(rank(ranges, "application/json", ""), rank(ranges, "text/plain", ""));
}

}  // namespace towline::admin
