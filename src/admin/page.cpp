#include "admin/page.hpp"

#include "observe/health.hpp"
#include "observe/utf8.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace towline::admin {

namespace {

using namespace observe;

// The page renews itself so that it can be left open beside a deployment.
constexpr std::string_view head = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="5">
<title>towline</title>
<style>
:root { --text:#1c2126; --soft:#5c6770; --page:#f5f6f7; --card:#fff; --line:#dde1e4;
        --good:#157347; --bad:#b3261e; --wait:#8a5a00; --off:#5c6770; --link:#0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --text:#e3e6e9; --soft:#9aa5ae; --page:#14171a; --card:#1c2024; --line:#2e353b;
          --good:#5bc48c; --bad:#ff8a80; --wait:#e5b45a; --off:#9aa5ae; --link:#7ab7f5; }
}
* { box-sizing:border-box }
body { margin:0; padding:2rem 1rem; background:var(--page); color:var(--text);
       font:15px/1.5 system-ui, sans-serif }
main { max-width:52rem; margin:0 auto }
header { display:flex; flex-wrap:wrap; align-items:baseline; gap:.25rem 1rem; margin-bottom:1.25rem }
h1 { font-size:1.35rem; margin:0 }
h2 { font-size:1.05rem; margin:0; overflow-wrap:anywhere }
a { color:var(--link) }
.soft { color:var(--soft) }
.state { font-weight:600 }
.state::before { content:""; display:inline-block; width:.6em; height:.6em; margin-right:.45em;
                 border-radius:50%; background:currentColor }
.good { color:var(--good) } .bad { color:var(--bad) } .wait { color:var(--wait) } .off { color:var(--off) }
section { background:var(--card); border:1px solid var(--line); border-radius:.5rem;
          padding:.9rem 1.1rem; margin-bottom:.9rem }
.top { display:flex; flex-wrap:wrap; justify-content:space-between; gap:.25rem 1rem }
.way { font-family:ui-monospace, monospace; font-size:.9em; margin:.35rem 0 0; overflow-wrap:anywhere }
.why { margin:.6rem 0 0; padding-left:.75rem; border-left:3px solid currentColor; overflow-wrap:anywhere }
.why p { margin:0; color:var(--text) }
.why .soft { color:var(--soft) }
dl { display:grid; grid-template-columns:repeat(auto-fill, minmax(10rem, 1fr)); gap:.5rem 1rem;
     margin:.8rem 0 0 }
dt { color:var(--soft); font-size:.85em }
dd { margin:0; overflow-wrap:anywhere }
nav a { margin-right:1rem }
</style>
</head>
<body>
<main>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string bytes(std::uint64_t count) {
  static constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(count);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, units.at(unit));
  return text.data();
}

constexpr std::string_view colour(ForwardState state) {
  switch (state) {
    case ForwardState::up: return "good";
    case ForwardState::degraded:
    case ForwardState::backoff:
    case ForwardState::failed: return "bad";
    case ForwardState::resolving:
    case ForwardState::connecting:
    case ForwardState::authenticating:
    case ForwardState::binding: return "wait";
    case ForwardState::draining:
    case ForwardState::stopped: return "off";
  }
  return "off";
}

std::string state(std::string_view colour, std::string_view words) {
  return "<span class=\"state " + std::string(colour) + "\">" + escaped(words) + "</span>";
}

std::string fact(std::string_view name, std::string_view value) {
  return "<div><dt>" + std::string(name) + "</dt><dd>" + escaped(value) + "</dd></div>\n";
}

// In the words of ssh: which side listens and where a connection comes out.
std::string way(const ForwardTraits& traits, const ForwardStatus& status) {
  std::string listen = traits.listen;
  if (status.bound_port) {
    const std::string port = std::to_string(*status.bound_port);
    if (!listen.ends_with(":" + port)) listen += " (port " + port + ")";
  }
  const auto side = [](std::string_view words) {
    return " <span class=\"soft\">" + std::string(words) + "</span>";
  };
  const bool remote = traits.mode == "remote";
  const std::string target = traits.target.empty() ? "anywhere" : traits.target;
  return escaped(listen) + side(remote ? "on the server" : "here") + " &rarr; " + escaped(target) +
         side(remote ? "from here" : "from the server");
}

std::string cause(const ForwardFacts& facts, const ForwardVerdict& verdict, const Instant& now) {
  const ForwardStatus& status = *facts.status;
  const bool just_on_its_way = verdict.reason == Reason(verdict.state) && status.detail.empty();
  if (verdict.up || just_on_its_way) return {};
  std::string out = "<div class=\"why " + std::string(colour(verdict.state)) + "\">\n<p><b>" +
                    escaped(verdict.reason.label()) + "</b>";
  if (!status.detail.empty()) out += ": " + escaped(status.detail);
  out += "</p>\n";
  if (!status.hint.empty()) out += "<p>" + escaped(status.hint) + "</p>\n";
  if (status.next_attempt) {
    out += "<p class=\"soft\">next attempt in " + brief(status.next_attempt->steady - now.steady) + "</p>\n";
  }
  return out + "</div>\n";
}

std::string card(const ForwardFacts& facts, const View& view) {
  const Instant& now = view.facts.now;
  const ForwardTraits& traits = *facts.traits;
  const ForwardStatus& status = *facts.status;
  const ForwardVerdict verdict = judge(facts, now.steady);
  const auto found = view.totals.find(traits.name);
  const ForwardTotals totals = found == view.totals.end() ? ForwardTotals{} : found->second;

  std::string out = "<section>\n<div class=\"top\"><h2>" + escaped(traits.name) + "</h2>";
  const std::string age = brief(now.steady - facts.since.steady);
  out += state(colour(verdict.state), std::string(to_string(verdict.state)) + " for " + age) + "</div>\n";
  out += "<p class=\"way\">" + way(traits, status) + "</p>\n";
  out += cause(facts, verdict, now);
  out += "<dl>\n";
  out += fact("Server", status.server.empty() ? traits.server : status.server);
  out += fact("Connections", std::to_string(totals.connections_active) + " now, " +
                                 std::to_string(totals.connections_opened) + " in all");
  out += fact("Failed connections", std::to_string(totals.connections_failed));
  out += fact("Received, sent", bytes(totals.received_bytes) + ", " + bytes(totals.sent_bytes));
  out += fact("SSH attempts", std::to_string(status.attempts));
  if (!status.host_key_verified) out += fact("Host key", "not verified");
  if (!traits.required) out += fact("Readiness", "does not count");
  if (status.session) out += fact("Server software", status.session->server_software);
  return out + "</dl>\n</section>\n";
}

}  // namespace

std::string page(const View& view) {
  const Facts& facts = view.facts;
  const Verdict readiness = ready(facts);

  std::string out(head);
  out += "<header><h1>towline</h1>";
  out += readiness.ok ? state("good", "ready")
                      : state("bad", "not ready: " + std::string(readiness.reason.label()));
  out += "<span class=\"soft\">" + escaped(view.build.version) + ", up " +
         brief(facts.now.steady - facts.process_start.steady) + "</span></header>\n";
  if (facts.forwards.empty()) out += "<section>No forward is configured.</section>\n";
  for (const ForwardFacts& forward : facts.forwards) out += card(forward, view);
  out += R"(<nav>
<a href="/statusz">status</a><a href="/metrics">metrics</a><a href="/readyz?verbose">ready</a>
<a href="/livez?verbose">live</a><a href="/startupz">started</a>
</nav>
</main>
</body>
</html>
)";
  return out;
}

}  // namespace towline::admin
