#include "expose/told.hpp"

#include "text/utf8.hpp"

#include <boost/json.hpp>

namespace towline::expose {

namespace {

constexpr std::size_t told_characters_max = 1'000;

std::string_view label_of(ToldEvent event) {
  switch (event) {
    case ToldEvent::exposed: return "exposed";
    case ToldEvent::ended: return "ended";
    case ToldEvent::replaced: return "replaced";
    case ToldEvent::refused: return "refused";
    case ToldEvent::failed: return "failed";
    case ToldEvent::request: return "request";
    case ToldEvent::dropped: return "dropped";
    case ToldEvent::leaving: return "leaving";
  }
  return "unknown";
}

std::string sentence(const Told& told) {
  switch (told.event) {
    case ToldEvent::exposed: return told.address;
    case ToldEvent::ended: return "ended: " + told.name;
    case ToldEvent::replaced: return "replaced: " + told.name + " is another client's now";
    case ToldEvent::refused: return "refused: " + told.name + ": " + told.text;
    case ToldEvent::failed: return "failed: " + told.name + ": " + told.text;
    case ToldEvent::request: return told.text;
    case ToldEvent::dropped: return std::to_string(told.count) + " lines dropped: they were not read";
    case ToldEvent::leaving: return "towline is leaving";
  }
  return {};
}

bool is_url(std::string_view address) { return address.find("://") != address.npos; }

}  // namespace

std::string name_of(const net::HostPort& asked) { return net::to_string(asked); }

std::vector<std::string> addresses_of(const Place& place, const Reach& reach) {
  switch (place.kind) {
    case Kind::http: {
      std::vector<std::string> all;
      if (reach.https) all.push_back("https://" + place.name);
      if (reach.http) all.push_back("http://" + place.name);
      return all;
    }
    case Kind::sni: return {"https://" + place.name};
    case Kind::tcp:
      return {"tcp://" + net::to_string({reach.domain.empty() ? reach.bind : reach.domain, place.port})};
    case Kind::ssh_alias:
    case Kind::alias: break;
  }
  return {net::to_string({place.name, place.port})};
}

std::string text_line(const Told& told) { return text::one_line(sentence(told), told_characters_max); }

std::string json_line(const Told& told) {
  boost::json::object line{{"event", label_of(told.event)}};
  const auto add = [&line](std::string_view key, const std::string& value) {
    if (!value.empty()) line[key] = text::one_line(value, told_characters_max);
  };
  if (told.kind) line["kind"] = label_of(*told.kind);
  add("name", told.name);
  add(is_url(told.address) ? "url" : "address", told.address);
  add("reason", told.reason);
  add(told.event == ToldEvent::request ? "request" : "error", told.text);
  if (told.event == ToldEvent::dropped) line["lines"] = told.count;
  return boost::json::serialize(line);
}

}  // namespace towline::expose
