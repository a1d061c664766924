#include "admin/endpoint_sections.hpp"

#include "admin/markup.hpp"

#include <string_view>
#include <vector>

namespace towline::admin {

namespace {

using namespace observe;

// Of addresses and listeners, which have a line for all of them; /statusz has more.
constexpr std::size_t places_length_max = 100;

// What is said in place of those that do not fit.
constexpr std::size_t rest_frame = 150;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string rest(std::size_t count, std::string_view thing) {
  return "<p class=\"soft\">" + counted(count, thing) +
         " more in <a href=\"/statusz\">status (JSON)</a></p>\n";
}

// "1 session, 2 local": what is open, in the words of the metrics.
std::string carried(const ClientFacts& client) {
  std::string open;
  for (const ChannelKind kind : all<ChannelKind>()) {
    const auto count = client.channels.at(static_cast<std::size_t>(kind));
    if (count > 0)
      open += (open.empty() ? "" : ", ") + std::to_string(count) + ' ' + std::string(to_string(kind));
  }
  return open.empty() ? "nothing open" : open;
}

std::string listeners(const ClientFacts& client) {
  if (client.listens.empty()) return "none";
  auto names = shortened(joined(client.listens), places_length_max);
  if (client.listens_more > 0) names += " and " + std::to_string(client.listens_more) + " more";
  return names;
}

std::string client_entry(const ClientFacts& client, const Instant& now) {
  const ClientTraits& traits = *client.traits;
  std::string out = "<details>\n<summary><h3>" + std::to_string(traits.id) + ' ' + escaped(traits.user) +
                    "</h3>" + state("good", "here for " + brief(now.steady - traits.since.steady)) +
                    "<span class=\"way\">" + escaped(traits.address) + "</span><span class=\"soft\">" +
                    carried(client) + "</span></summary>\n<dl>\n" + fact("Login", traits.method);
  if (!traits.fingerprint.empty()) out += fact("Key", traits.fingerprint, Width::wide);
  out += fact("Its -R", listeners(client), Width::wide);
  return out + "</dl>\n</details>\n";
}

std::string endpoint_section(const EndpointFacts& endpoint, const Instant& now, std::size_t room) {
  const std::size_t clients = endpoint.clients.size() + endpoint.clients_more;
  std::string out =
      "<h2>Clients of " + escaped(endpoint.forward) + "</h2>\n<dl class=\"card\">\n" +
      fact("Listens", endpoint.listen.empty() ? "nowhere at present"
                                              : shortened(joined(endpoint.listen), places_length_max)) +
      fact("Clients", std::to_string(clients));
  for (const HostKeyInfo& key : endpoint.host_keys) out += fact("Host key", key.fingerprint, Width::wide);
  out += "</dl>\n";
  std::string entries;
  std::size_t told = 0;
  for (const ClientFacts& client : endpoint.clients) {
    const auto entry = client_entry(client, now);
    if (out.size() + entries.size() + entry.size() + rest_frame > room) break;
    entries += entry;
    ++told;
  }
  if (told > 0) out += "<div class=\"card list\">\n" + entries + "</div>\n";
  return told < clients ? out + rest(clients - told, "client") : out;
}

}  // namespace

std::string endpoint_sections(std::span<const EndpointFacts> endpoints, const Instant& now,
                              std::size_t room) {
  std::string out;
  while (!endpoints.empty()) {
    const auto section = endpoint_section(endpoints.front(), now, (room - out.size()) / endpoints.size());
    if (out.size() + section.size() + rest_frame > room) return out + rest(endpoints.size(), "endpoint");
    out += section;
    endpoints = endpoints.subspan(1);
  }
  return out;
}

}  // namespace towline::admin
