#include "admin/page.hpp"

#include "admin/endpoint_sections.hpp"
#include "admin/forward_sections.hpp"
#include "admin/markup.hpp"
#include "admin/page_style.hpp"
#include "admin/traffic_graph.hpp"
#include "observe/health.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace towline::admin {

namespace {

using namespace observe;

constexpr std::string_view foot = R"(<nav aria-label="Other answers">
<a href="/statusz">status (JSON)</a><a href="/metrics">metrics</a><a href="/readyz?verbose">ready?</a>
<a href="/livez?verbose">live?</a><a href="/startupz?verbose">started?</a>
</nav>
</main>
</body>
</html>
)";

// Of a text that comes from the server or the configuration and has a line for itself.
constexpr std::size_t fact_length_max = 100;

// A pool may be as large as it likes.
constexpr std::size_t sessions_shown_max = 4;

// "not ready: broken (connect)"
std::string headline(const Verdict& readiness) {
  if (readiness.ok) return "ready";
  const std::string reason(readiness.reason.label());
  return "not ready: " + (readiness.subject.empty() ? reason : readiness.subject + " (" + reason + ")");
}

std::string tally(std::size_t up, std::size_t all) {
  return all == 0 ? "no forwards" : std::to_string(up) + " of " + std::to_string(all) + " up";
}

// A disc; with an exclamation mark where something is wrong, for those who do not see the colour.
std::string icon(bool ok) {
  return std::string(
             "<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http:%2F%2Fwww.w3.org%2F2000%2Fsvg' "
             "viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23") +
         (ok ? "1e9e62'/%3E" : "d93a30'/%3E%3Cpath d='M7 4h2v5H7zm0 6h2v2H7z' fill='white'/%3E") +
         "%3C/svg%3E\">\n";
}

// The page renews itself so that it can be left open beside a deployment; when all is well, slowly enough to
// read what was unfolded.
std::string head(const std::string& title, bool ok, bool well) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<meta http-equiv=\"refresh\" content=\"" +
         std::string(well ? "20" : "5") + "\">\n<title>" + escaped(title) + " - towline</title>\n" +
         icon(ok) + std::string(page_style) + "</head>\n<body>\n<main>\n";
}

std::string_view readiness_colour(const Facts& facts, const Verdict& readiness) {
  if (readiness.ok) return "good";
  return facts.draining ? "off" : "bad";
}

bool same_session(const ForwardFacts& a, const ForwardFacts& b) {
  return a.status->server == b.status->server && a.status->session == b.status->session &&
         a.status->host_key_verified == b.status->host_key_verified;
}

std::string session_card(const ForwardFacts& forward) {
  const ForwardStatus& status = *forward.status;
  const auto told = [](std::string_view text) { return shortened(text, fact_length_max); };
  std::string out = "<dl class=\"card\">\n";
  out += fact("Server", told(status.server.empty() ? forward.traits->server : status.server), Width::wide);
  if (const auto& session = status.session) {
    constexpr std::string_view protocol = "SSH-2.0-";
    std::string_view software = session->server_software;
    if (software.starts_with(protocol)) software.remove_prefix(protocol.size());
    out += fact("Software", told(software), Width::wide);
    out += fact("Host key", status.host_key_verified ? "verified" : "not verified");
  }
  if (forward.sessions > 1) {
    out += fact("Sessions",
                std::to_string(forward.sessions_up) + " of " + std::to_string(forward.sessions) + " up");
  }
  out += fact("Attempts", std::to_string(status.attempts));
  return out + "</dl>\n";
}

// What all forwards of a session share, told once.
std::string session_section(const Facts& facts) {
  std::vector<const ForwardFacts*> sessions;
  for (const ForwardFacts& forward : facts.forwards) {
    if (std::ranges::none_of(sessions, [&](const auto* one) { return same_session(*one, forward); }))
      sessions.push_back(&forward);
  }
  if (sessions.empty()) return {};
  std::string out = "<h2>SSH session</h2>\n";
  const std::size_t shown = std::min(sessions.size(), sessions_shown_max);
  for (std::size_t i = 0; i < shown; ++i) out += session_card(*sessions[i]);
  if (shown < sessions.size())
    out += "<p class=\"soft\">and " + std::to_string(sessions.size() - shown) + " more</p>\n";
  return out;
}

}  // namespace

std::string page(const View& view) {
  const Facts& facts = view.facts;
  const Verdict readiness = ready(facts);
  std::vector<ForwardSight> up;
  std::vector<ForwardSight> down;
  for (const ForwardFacts& forward : facts.forwards) {
    ForwardSight seen = sight(forward, view);
    (seen.verdict.up ? up : down).push_back(std::move(seen));
  }
  const std::string title = headline(readiness);
  const std::string score = tally(up.size(), facts.forwards.size());

  std::string out = head(title + ", " + score, readiness.ok, readiness.ok && down.empty());
  out += "<header>\n<h1>" + state(readiness_colour(facts, readiness), title) + "</h1>\n<p class=\"soft\">" +
         score + "; towline " + escaped(view.build.version) + ", running for " +
         brief(facts.now.steady - facts.process_start.steady) + "</p>\n</header>\n";
  if (facts.forwards.empty()) out += "<div class=\"card\">No forward is configured.</div>\n";
  const std::string between = traffic_section(view.traffic, facts.now.steady) + session_section(facts);
  const std::string end =
      endpoint_sections(view.endpoints, facts.now, page_bytes_max / 4) + std::string(foot);
  const std::size_t room =
      page_bytes_max - std::min(page_bytes_max, out.size() + between.size() + end.size());
  out += down_section(down, facts.now, room - std::min(room / 3, least_room(up)));
  const std::size_t fixed = out.size() + between.size() + end.size();
  out += between;
  out += up_section(up, facts.now, page_bytes_max - std::min(page_bytes_max, fixed));
  out += end;
  return out;
}

}  // namespace towline::admin
