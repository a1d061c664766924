#include "admin/forward_sections.hpp"

#include "admin/markup.hpp"

#include <algorithm>
#include <vector>

namespace towline::admin {

namespace {

using namespace observe;

using Sights = std::span<const ForwardSight>;

// The longest words of libssh2 and a server that are read at a glance; /statusz has all.
constexpr std::size_t cause_length_max = 400;

// A section without its forwards, or what is said in place of those that do not fit.
constexpr std::size_t frame = 250;

std::string card(const std::string& content) { return "<div class=\"card\">\n" + content + "</div>\n"; }

std::string lines(Sights forwards) {
  std::string out = "<ul>\n";
  for (const ForwardSight& forward : forwards) out += line(forward);
  return out + "</ul>\n";
}

// As many as fit, and how many more there are.
std::string names(Sights forwards, std::size_t room) {
  std::string out = "<p class=\"names\">";
  std::size_t told = 0;
  for (const ForwardSight& forward : forwards) {
    const std::string name = escaped(forward.verdict.name);
    if (out.size() + name.size() + frame > room) break;
    out += (told++ == 0 ? "" : ", ") + name;
  }
  if (told < forwards.size()) {
    out += (told == 0 ? "" : ", and ") + std::to_string(forwards.size() - told) + (told == 0 ? "" : " more") +
           " in <a href=\"/statusz\">status (JSON)</a>";
  }
  return out + "</p>\n";
}

std::size_t names_size(Sights forwards) {
  std::size_t size = 0;
  for (const ForwardSight& forward : forwards) size += escaped(forward.verdict.name).size() + 2;
  return size;
}

bool same_cause(const ForwardSight& a, const ForwardSight& b) {
  const ForwardStatus& one = *a.facts->status;
  const ForwardStatus& other = *b.facts->status;
  return a.verdict.state == b.verdict.state && a.verdict.reason == b.verdict.reason &&
         one.detail == other.detail && one.hint == other.hint;
}

// In the order of the first of each.
std::vector<std::vector<ForwardSight>> by_cause(Sights down) {
  std::vector<std::vector<ForwardSight>> groups;
  for (const bool required : {true, false}) {
    for (const ForwardSight& forward : down) {
      if (forward.verdict.required != required) continue;
      auto group =
          std::ranges::find_if(groups, [&](const auto& g) { return same_cause(g.front(), forward); });
      if (group == groups.end()) group = groups.emplace(group);
      group->push_back(forward);
    }
  }
  return groups;
}

std::string cause(const ForwardSight& forward, const Instant& now) {
  const ForwardStatus& status = *forward.facts->status;
  const ForwardVerdict& verdict = forward.verdict;
  if (verdict.reason == Reason(verdict.state) && status.detail.empty()) return {};  // just on its way
  std::string out = "<div class=\"why " + std::string(colour(forward)) + "\">\n<p><b>" +
                    escaped(verdict.reason.label()) + "</b>";
  if (!status.detail.empty()) out += ": " + escaped(shortened(status.detail, cause_length_max));
  out += "</p>\n";
  if (!status.hint.empty()) out += "<p>" + escaped(shortened(status.hint, cause_length_max)) + "</p>\n";
  if (status.next_attempt) {
    out += "<p class=\"soft\">next attempt in " + brief(status.next_attempt->steady - now.steady) + "</p>\n";
  }
  return out + "</div>\n";
}

std::string cause_card(Sights group, const Instant& now, std::size_t room) {
  const ForwardSight& first = group.front();
  const bool alone = group.size() == 1;
  std::string head = "<div class=\"top\"><h3>" +
                     (alone ? escaped(first.verdict.name) : counted(group.size(), "forward")) + "</h3>" +
                     state_for(first, now) + "</div>\n";
  if (alone) head += "<p class=\"way\">" + way(first) + "</p>\n";
  head += cause(first, now);
  std::string whole = card(head + (alone ? facts_list(first, now) : lines(group)));
  if (whole.size() <= room) return whole;
  if (head.size() + least_room(group) > room) return {};
  return card(head + (alone ? "" : names(group, room - head.size())));
}

}  // namespace

std::size_t least_room(Sights forwards) { return forwards.empty() ? 0 : 2 * frame + names_size(forwards); }

std::string down_section(Sights down, const Instant& now, std::size_t room) {
  if (down.empty()) return {};
  std::string out = "<h2>Not up</h2>\n";
  std::vector<ForwardSight> rest;
  // Names come before more causes, but not before the first ones.
  std::size_t for_names = least_room(down);
  for (const auto& group : by_cause(down)) {
    for_names -= names_size(group);
    const std::size_t used = out.size() + frame + std::min(for_names, room / 2);
    const std::string shown = used < room ? cause_card(group, now, room - used) : "";
    if (shown.empty()) {
      rest.insert(rest.end(), group.begin(), group.end());
      for_names += names_size(group);
    }
    out += shown;
  }
  if (!rest.empty()) {
    out += card("<h3>" + counted(rest.size(), "other forward") + "</h3>\n" +
                names(rest, room > out.size() ? room - out.size() : 0));
  }
  return out;
}

std::string up_section(Sights up, const Instant& now, std::size_t room) {
  if (up.empty()) return {};
  const std::string title = "<h2>Up</h2>\n";
  std::string details;
  for (const ForwardSight& forward : up) details += folded(forward, now);
  const std::string head = "<details>\n<summary><h3>" + counted(up.size(), "forward") + "</h3></summary>\n";
  const std::string shortly = head + lines(up) + "</details>\n";
  std::string fits;
  if (details.size() + frame <= room) {
    fits = std::move(details);
  } else if (shortly.size() + frame <= room) {
    fits = shortly;
  } else {
    fits = head + names(up, room > head.size() ? room - head.size() : 0) + "</details>\n";
  }
  return title + "<div class=\"card list\">\n" + fits + "</div>\n";
}

}  // namespace towline::admin
