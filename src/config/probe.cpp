#include "config/probe.hpp"

#include <algorithm>

namespace towline::config {

using forward::ProbeSpec;

Parsed<std::optional<ProbeSpec>> parse_probe(std::string_view text) {
  constexpr std::string_view http = "http:";
  // A request line is cut at blanks and line ends (RFC 9112 section 3).
  const auto unfit = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == '\x7F'; };
  if (equal_ignoring_case(text, "off")) return std::optional<ProbeSpec>();
  if (equal_ignoring_case(text, "tcp"))
    return std::optional(ProbeSpec{.kind = ProbeSpec::Kind::tcp, .path = {}});
  if (equal_ignoring_case(text, "banner")) {
    return std::optional(ProbeSpec{.kind = ProbeSpec::Kind::banner, .path = {}});
  }
  if (equal_ignoring_case(text.substr(0, http.size()), http)) {
    const auto path = text.substr(http.size());
    if (path.starts_with('/') && !path.starts_with("//") && std::ranges::none_of(path, unfit)) {
      return std::optional(ProbeSpec{.kind = ProbeSpec::Kind::http, .path = std::string(path)});
    }
    return Complaint{"names no path to ask for", "write http:/path; host and port are those of the target"};
  }
  return Complaint{"is not a probe", "write tcp, banner, http:/path or off"};
}

}  // namespace towline::config
