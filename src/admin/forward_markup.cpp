#include "admin/forward_markup.hpp"

#include "admin/markup.hpp"

namespace towline::admin {

namespace {

using namespace observe;

// A host name may have 253 characters, a socket's path 107; /statusz has them whole.
constexpr std::size_t place_length_max = 64;

constexpr std::string_view arrow = " \xe2\x86\x92 ";  // U+2192

std::string listen(const ForwardSight& forward) {
  std::string place = shortened(forward.facts->traits->listen, place_length_max);
  if (const auto& bound = forward.facts->status->bound_port) {
    const std::string port = std::to_string(*bound);
    if (!forward.facts->traits->listen.ends_with(":" + port)) place += " (port " + port + ")";
  }
  return escaped(place);
}

// Where a SOCKS client wants to go is its own affair.
std::string target(const ForwardTraits& traits) {
  if (traits.mode == "dynamic" || traits.target.empty()) return "anywhere";
  return escaped(shortened(traits.target, place_length_max));
}

std::string_view flag(std::string_view mode) {
  if (mode == "remote") return "-R ";
  if (mode == "share") return "-S ";
  if (mode == "expose") return "expose ";
  return mode == "dynamic" ? "-D " : "-L ";
}

std::string last_probe(const ForwardStatus& status, const Instant& now) {
  if (!status.probe) return "none yet";
  const auto& failure = status.probe->failure;
  return (failure ? "failed (" + std::string(to_string(*failure)) + ") " : std::string("ok ")) +
         brief(now.steady - status.probe->when.steady) + " ago";
}

// A link where it is a URL of the web: what else a service may say is text.
std::string link(const std::string& address) {
  auto shown = escaped(shortened(address, place_length_max));
  const bool web = address.starts_with("https://") || address.starts_with("http://");
  if (!web) return shown;
  return "<a href=\"" + escaped(address) + "\" rel=\"noreferrer noopener\">" + shown + "</a>";
}

std::string links(const std::vector<std::string>& addresses) {
  std::string out;
  for (const auto& address : addresses) out += (out.empty() ? "" : ", ") + link(address);
  return addresses.empty() ? out : "<span class=\"way\">" + out + "</span>";
}

// What of it changes while all is well.
std::string activity(const ForwardSight& forward, const Instant& now) {
  std::string text = std::to_string(forward.totals.connections_active) + " open";
  if (forward.facts->traits->probed) text += ", probe " + last_probe(*forward.facts->status, now);
  return text;
}

}  // namespace

ForwardSight sight(const ForwardFacts& facts, const View& view) {
  const auto found = view.totals.find(facts.traits->name);
  return {.facts = &facts,
          .verdict = judge(facts, view.facts.now.steady),
          .totals = found == view.totals.end() ? ForwardTotals{} : found->second};
}

std::string_view colour(const ForwardSight& forward) {
  switch (forward.verdict.state) {
    case ForwardState::up: return "good";
    case ForwardState::degraded:
    case ForwardState::backoff:
    case ForwardState::failed: return "bad";
    case ForwardState::resolving:
    case ForwardState::connecting:
    case ForwardState::authenticating:
    case ForwardState::binding: return forward.facts->status->reason ? "bad" : "wait";
    case ForwardState::draining:
    case ForwardState::stopped: return "off";
  }
  return "off";
}

std::string state_for(const ForwardSight& forward, const Instant& now) {
  return state(colour(forward), std::string(to_string(forward.verdict.state)) + " for " +
                                    brief(now.steady - forward.facts->since.steady));
}

std::string way(const ForwardSight& forward) {
  const auto side = [](std::string_view words) {
    return " <span class=\"soft\">" + std::string(words) + "</span>";
  };
  const ForwardTraits& traits = *forward.facts->traits;
  const bool remote = traits.mode == "remote";
  return listen(forward) + side(remote ? "on the server" : "here") + std::string(arrow) + target(traits) +
         side(remote ? "from here" : "from the server");
}

std::string facts_list(const ForwardSight& forward, const Instant& now) {
  const ForwardTotals& totals = forward.totals;
  const ForwardTraits& traits = *forward.facts->traits;
  std::string out = "<dl>\n";
  out += fact("Connections", std::to_string(totals.connections_active) + " open, " +
                                 std::to_string(totals.connections_opened) + " in all");
  out += fact("Failed connections", std::to_string(totals.connections_failed));
  out += fact("Received", bytes(static_cast<double>(totals.received_bytes)));
  out += fact("Sent", bytes(static_cast<double>(totals.sent_bytes)));
  if (traits.probed) out += fact("Last probe", last_probe(*forward.facts->status, now));
  if (!traits.required) out += fact("Readiness", "does not count");
  return out + "</dl>\n";
}

std::string folded(const ForwardSight& forward, const Instant& now) {
  return "<details>\n<summary><h3>" + escaped(forward.verdict.name) + "</h3>" + state_for(forward, now) +
         "<span class=\"way\">" + way(forward) + "</span>" + links(forward.facts->status->public_addresses) +
         "<span class=\"soft\">" + activity(forward, now) + "</span></summary>\n" + facts_list(forward, now) +
         "</details>\n";
}

std::string line(const ForwardSight& forward) {
  const ForwardTraits& traits = *forward.facts->traits;
  return "<li><b>" + escaped(traits.name) + "</b> " + std::string(flag(traits.mode)) + listen(forward) +
         std::string(arrow) + target(traits) + "\n";
}

}  // namespace towline::admin
