#include "config/fields.hpp"
#include "text/regular_expression.hpp"

#include <algorithm>
#include <string>

namespace towline::config {

namespace {

using publish::Service;

std::optional<Complaint> published_by(std::string_view text, Draft& draft) {
  constexpr Words<Service, 8> words{{{"sandhole", Service::sandhole},
                                     {"sish", Service::sish},
                                     {"srvus", Service::srvus},
                                     {"localhostrun", Service::localhostrun},
                                     {"serveo", Service::serveo},
                                     {"pinggy", Service::pinggy},
                                     {"towline", Service::towline},
                                     {"generic", Service::generic}}};
  if (equal_ignoring_case(text, "off")) return std::nullopt;
  auto service = parse_word(text, words);
  if (!service) return Complaint{"is not a dialect that towline knows", service.error().right + ", off"};
  draft.config.publish.service = *service;
  return std::nullopt;
}

Parsed<std::string> words_of_options(std::string_view text) {
  const auto unfit = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; };
  if (std::ranges::any_of(text, unfit))
    return Complaint{"has a line break or a control character", "write one line"};
  return std::string(text);
}

// "https://a.example", "web=https://a.example, db=b.example:5432"
Parsed<std::vector<publish::Expected>> expected_addresses(std::string_view text) {
  std::vector<publish::Expected> all;
  for (const auto entry : split_list(text)) {
    const auto sign = entry.find('=');
    const bool named = sign != std::string_view::npos && parse_name(entry.substr(0, sign));
    publish::Expected one{std::string(named ? entry.substr(0, sign) : ""),
                          std::string(named ? entry.substr(sign + 1) : entry)};
    const bool blank = one.address.find_first_of(" \t\r\n@?#") != std::string::npos;
    if (one.address.empty() || blank)
      return Complaint{
          "is not a public address",
          "write https://name.example or host:port; for several forwards name=address, with commas between"};
    while (one.address.ends_with('/')) one.address.pop_back();
    all.push_back(std::move(one));
  }
  return all;
}

Parsed<std::string> url_pattern(std::string_view text) {
  std::string pattern(text);
  const auto compiled = text::RegularExpression::compile(pattern);
  if (!compiled)
    return Complaint{"is not a regular expression (" + compiled.error() + ")", "write one in Perl's syntax"};
  if (compiled->groups() == 0)
    return Complaint{"has no group", "put the part that is the URL, or host:port, between ( and )"};
  return pattern;
}

using Text = std::string_view;

constexpr Field publish_rows[] = {
    {"SSH_PUBLISH", "off", Section::publish,
     "The server is a tunnel service that makes -R public, and this is the dialect it speaks: sandhole, sish "
     "(also pico's tuns), "
     "srvus, localhostrun, serveo, pinggy, towline (expose), or generic. A forward is up when its public "
     "address "
     "is known; SSH_BIND_IP is the name that the service is asked for, as it is written, and localhost when "
     "unset.",
     published_by},
    {"SSH_PUBLISH_OPTIONS", "", Section::publish,
     "Words for the service, sent as the command of the session: force-https for sandhole and sish, --output "
     "json for localhostrun and towline.",
     [](Text text, Draft& d) { return store(words_of_options(text), d.config.publish.words); }},
    {"SSH_PUBLISH_EXPECT", "", Section::publish,
     "The public address that must come: https://name.example, host:port, or a name. Another one is not "
     "ready, and is asked for "
     "again after 10 s or more. With several -R: name=address, with commas between.",
     [](Text text, Draft& d) { return store(expected_addresses(text), d.config.publish.expected); }},
    {"SSH_PUBLISH_URL_REGEX", "", Section::publish,
     "Regular expression that finds the address in a line of the service: its first group is the URL or "
     "host:port. "
     "Instead of the dialect's way; generic has none of its own.",
     [](Text text, Draft& d) { return store(url_pattern(text), d.config.publish.url_pattern); }},
    {"TOWLINE_URL_FILE", "", Section::publish,
     "Path of a file to write, with a line name=url for each public address. github: the files of GitHub "
     "Actions, $GITHUB_OUTPUT and $GITHUB_ENV.",
     [](Text text, Draft& d) { return store(parse_path(text), d.config.app.url_file); }, Holds::path},
};

}  // namespace

std::span<const Field> publish_fields() { return publish_rows; }

}  // namespace towline::config
