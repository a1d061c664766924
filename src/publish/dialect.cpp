#include "publish/dialect.hpp"

#include "net/host_port.hpp"
#include "publish/address.hpp"
#include "text/pattern.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace towline::publish {

namespace {

using Found = std::optional<Announcement>;

// True, and gone, where the line begins so.
bool take_prefix(std::string_view& line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return false;
  line.remove_prefix(prefix.size());
  return true;
}

std::string_view take_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

Found announced(std::string_view text) {
  auto address = address_of(text);
  if (address.empty()) return std::nullopt;
  return Announcement{.addresses = {std::move(address)}};
}

// "2025-01-31T10:00:00.123Z" or with blanks between date and time.
bool is_time(std::string_view word) {
  return word.size() >= 8 && word.front() >= '0' && word.front() <= '9' &&
         word.find_first_of("-:") != std::string_view::npos;
}

// "TIME Starting HTTPS on https://H for address A", "Starting TCP port on D:P for …", "Stopping …".
Found read_sandhole(std::string_view line) {
  while (is_time(line.substr(0, line.find(' ')))) take_word(line);
  const bool starts = take_prefix(line, "Starting ");
  if (!starts && !take_prefix(line, "Stopping ")) return std::nullopt;
  Found found;
  for (const std::string_view kind : {"HTTP on ", "HTTPS on ", "TCP port on ", "alias tunneling for ",
                                      "SSH forwarding on ", "SNI proxy for "}) {
    if (take_prefix(line, kind)) {
      found = announced(take_word(line));
      break;
    }
  }
  if (!found) return std::nullopt;
  found->withdrawn = !starts;
  if (take_prefix(line, "for address ")) found->host = std::string(take_word(line));
  return found;
}

// "HTTPS: https://…", "TCP: d:p", "TCP Alias: n:p", "TLS: …".
Found read_sish(std::string_view line) {
  for (const std::string_view kind : {"HTTP: ", "HTTPS: ", "TCP: ", "TCP Alias: ", "TLS: "}) {
    if (take_prefix(line, kind)) return announced(line);
  }
  return std::nullopt;
}

// "1: https://a.srv.us, https://b.srv.us": the number is the port of the forward.
Found read_srvus(std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = net::parse_port(line.substr(0, colon));
  if (!port) return std::nullopt;
  Announcement found{.addresses = {}, .port = port};
  line.remove_prefix(colon + 2);
  while (!line.empty() && found.addresses.size() < 8) {
    take_prefix(line, " ");
    auto address = address_of(text::take_listed(line));
    if (address.empty()) return std::nullopt;
    found.addresses.push_back(std::move(address));
  }
  return found.addresses.empty() ? Found() : found;
}

std::optional<boost::json::object> object_of(std::string_view line) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 4;
  auto value = boost::json::parse(line, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value).as_object();
}

std::string_view text_member(const boost::json::object& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  const auto* text = member ? member->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

// {"event":"tcpip-forward","address":"x.lhr.life","message":"x.lhr.life tunneled with tls termination, …"}
Found read_localhostrun_json(const boost::json::object& object) {
  if (text_member(object, "event") != "tcpip-forward") return std::nullopt;
  const auto address = text_member(object, "address");
  const auto* terminates = object.if_contains("tls_termination");
  const bool https = text_member(object, "message").find("tls termination") != std::string_view::npos ||
                     (terminates && terminates->is_bool() && terminates->as_bool());
  if (address.find(':') != std::string_view::npos) return announced(address);
  return announced((https ? "https://" : "http://") + std::string(address));
}

// "x.lhr.life tunneled with tls termination, https://x.lhr.life", or with a JSON object in each line.
Found read_localhostrun(std::string_view line) {
  if (line.starts_with('{')) {
    const auto object = object_of(line);
    return object ? read_localhostrun_json(*object) : std::nullopt;
  }
  take_word(line);
  if (!take_prefix(line, "tunneled ")) return std::nullopt;
  const auto url = line.rfind(' ');
  return url == std::string_view::npos ? std::nullopt : announced(line.substr(url + 1));
}

// "Forwarding HTTP traffic from https://…", "Forwarding TCP connections from serveo.net:38234".
Found read_serveo(std::string_view line) {
  for (const std::string_view kind : {"Forwarding HTTP traffic from ", "Forwarding HTTPS traffic from ",
                                      "Forwarding TCP connections from ", "Forwarding SSH traffic from "}) {
    if (take_prefix(line, kind)) return announced(take_word(line));
  }
  return std::nullopt;
}

// A line that is an address and nothing else: what it recommends and sells stands in sentences.
Found read_bare(std::string_view line) { return announced(line); }

// "web:80", ":9000": what was asked for.
void take_asked(std::string_view name, Announcement& found) {
  const auto colon = name.rfind(':');
  found.host = std::string(name.substr(0, colon));
  if (colon != std::string_view::npos) found.port = net::parse_port(name.substr(colon + 1));
}

Found withdrawn(std::string_view name) {
  Announcement found{.addresses = {}, .withdrawn = true};
  take_asked(name, found);
  return found;
}

// {"event":"exposed","name":"web:80","url":"https://web.example"}; without an event, one that tells of a
// request or a visitor has more to it.
Found read_towline_json(const boost::json::object& object) {
  const auto event = text_member(object, "event");
  const auto name = text_member(object, "name");
  if (event == "ended" || event == "replaced") return withdrawn(name);
  if (!event.empty() && event != "exposed") return std::nullopt;
  for (const auto* other : {"method", "path", "status", "code", "visitor", "client", "request", "error"}) {
    if (object.contains(other)) return std::nullopt;
  }
  auto found = announced(text_member(object, "url"));
  if (!found) found = announced(text_member(object, "address"));
  if (found && !name.empty()) take_asked(name, *found);
  return found;
}

// A line that is an address, or "ended: web:80"; or the same as JSON.
Found read_towline(std::string_view line) {
  if (line.starts_with('{')) {
    const auto object = object_of(line);
    return object ? read_towline_json(*object) : std::nullopt;
  }
  if (take_prefix(line, "ended: ") || take_prefix(line, "replaced: ")) return withdrawn(take_word(line));
  return read_bare(line);
}

Found read_nothing(std::string_view) { return std::nullopt; }

constexpr std::string_view usual_complaints[] = {"error", "warning", "cannot ", "unable ", "failed "};
constexpr std::string_view sish_complaints[] = {"error",          "warning",       "cannot ",   "unable ",
                                                "the subdomain ", "the tcp port ", "the alias "};

constexpr std::string_view our_complaints[] = {"error",
                                               "refused: ",
                                               "failed: ",
                                               "replaced: ",
                                               R"({"event":"refused")",
                                               R"({"event":"failed")",
                                               R"({"event":"replaced")"};

constexpr std::array<Dialect, 8> dialects = {{
    {Service::sandhole, "sandhole", true, false, true, read_sandhole, usual_complaints},
    {Service::sish, "sish", true, true, true, read_sish, sish_complaints},
    {Service::srvus, "srvus", true, true, true, read_srvus, usual_complaints},
    {Service::localhostrun, "localhostrun", true, true, true, read_localhostrun, usual_complaints},
    {Service::serveo, "serveo", true, true, true, read_serveo, usual_complaints},
    {Service::pinggy, "pinggy", true, true, false, read_bare, usual_complaints},
    {Service::towline, "towline", true, true, false, read_towline, our_complaints},
    {Service::generic, "generic", false, true, false, read_nothing, usual_complaints},
}};

}  // namespace

const Dialect& dialect_of(Service service) {
  return *std::ranges::find(dialects, service, &Dialect::service);
}

std::optional<Announcement> read_line(const Dialect& dialect, const text::RegularExpression* pattern,
                                      std::string_view line) {
  if (!pattern) return dialect.read(line);
  const auto address = pattern->first_group(line);
  return address ? announced(*address) : std::nullopt;
}

bool is_complaint(const Dialect& dialect, std::string_view line) {
  if (dialect.service == Service::sandhole) {
    while (is_time(line.substr(0, line.find(' ')))) take_word(line);
  }
  const auto lower = text::lower_case(line.substr(0, 32));
  return std::ranges::any_of(dialect.complaints,
                             [&](std::string_view word) { return lower.starts_with(word); });
}

}  // namespace towline::publish
