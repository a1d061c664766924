#include "config/describe.hpp"

#include "config/forwards.hpp"
#include "config/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace towline::config {

namespace {

constexpr std::size_t columns = 100;
constexpr const char* introduction =
    "Everything is set by environment variables; defaults stand in brackets. An empty variable counts as "
    "unset, blank space around a value does not count. Durations: 10, 10s, 1m30s, 2h; a bare number is "
    "seconds. Hosts: a name, an IPv4 or an IPv6 address.";

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    auto end = text.rfind(' ', width);
    if (end == std::string_view::npos) end = text.find(' ');
    if (end == std::string_view::npos) break;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  lines.emplace_back(text);
  return lines;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.append(width - out.size(), ' ');
  return out;
}

std::size_t longest_name(std::span<const Field> table) {
  std::size_t longest = 0;
  for (const Field& field : table) longest = std::max(longest, field.name.size());
  return longest;
}

// The meaning and, where there is one that is not a row itself, the older name.
std::string full_help(const Field& field) {
  std::string help(field.help);
  if (field.alias.empty() || field.alias == field.file_of) return help;
  return help + " Older name: " + std::string(field.alias) + ".";
}

// A path may hold any bytes, JSON may not: what is not UTF-8 is shown in ASCII.
std::string fit_for_json(const std::string& text) {
  boost::json::error_code error;
  boost::json::parse(boost::json::serialize(boost::json::value(text)), error);
  if (!error) return text;
  std::string ascii = text;
  std::ranges::replace_if(ascii, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return ascii;
}

boost::json::object settings_object(std::span<const Setting> settings) {
  boost::json::object all;
  for (const Setting& setting : settings) {
    auto value =
        setting.value.empty() ? boost::json::value() : boost::json::value(fit_for_json(setting.value));
    boost::json::object one{{"value", std::move(value)}, {"source", to_string(setting.source)}};
    if (setting.refused) one["refused"] = true;
    all[setting.name] = std::move(one);
  }
  return all;
}

std::string probe_text(const forward::ProbeSpec& probe) {
  switch (probe.kind) {
    case forward::ProbeSpec::Kind::tcp: return "tcp";
    case forward::ProbeSpec::Kind::banner: return "banner";
    case forward::ProbeSpec::Kind::http: break;
  }
  return "http:" + fit_for_json(probe.path);
}

// An endpoint has none.
boost::json::value idle_timeout_value(const forward::ForwardSpec& spec) {
  if (is_endpoint(spec)) return nullptr;
  return spec.idle_timeout.count();
}

std::string_view proxy_text(forward::ProxyProtocol protocol) {
  switch (protocol) {
    case forward::ProxyProtocol::none: return "off";
    case forward::ProxyProtocol::v1: return "v1";
    case forward::ProxyProtocol::v2: break;
  }
  return "v2";
}

// In the words of SSH_FORWARDS.
std::string forward_options(const forward::ForwardSpec& spec) {
  std::string out = spec.required ? " required" : " required=no";
  out += " max_connections=" + std::to_string(spec.max_connections);
  if (!is_endpoint(spec)) out += " idle_timeout=" + std::to_string(spec.idle_timeout.count());
  if (spec.probe) out += " probe=" + printable(probe_text(*spec.probe));
  if (spec.proxy_protocol != forward::ProxyProtocol::none) {
    out += " proxy_protocol=" + std::string(proxy_text(spec.proxy_protocol));
  }
  return out;
}

// `special` is what markdown would not show as it stands.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string_view about_variables() { return introduction; }

std::string meaning_with_default(const Field& field) {
  std::string help = full_help(field);
  return field.default_text.empty() ? help : help + " [" + std::string(field.default_text) + "]";
}

std::string paragraph(std::string_view text, std::size_t indent) {
  std::string out;
  for (const auto& line : wrapped(text, columns - indent)) out += std::string(indent, ' ') + line + '\n';
  return out;
}

std::string help_text(std::span<const Field> table) {
  const std::size_t indent = 2 + longest_name(table) + 2;
  std::string out = paragraph(introduction, 0);
  std::optional<Section> section;
  for (const Field& field : table) {
    if (field.section != section) out += '\n' + std::string(title(field.section)) + ":\n";
    section = field.section;
    std::string left = "  " + std::string(field.name);
    for (const auto& line : wrapped(meaning_with_default(field), columns - indent)) {
      out += padded(left, indent) + line + '\n';
      left.clear();
    }
  }
  return out;
}

std::string help_text(const Field& field) {
  std::string out = std::string(field.name) + '\n';
  out += paragraph(full_help(field), 2);
  if (!field.default_text.empty()) out += "  Default: " + std::string(field.default_text) + '\n';
  return out;
}

std::string markdown(std::span<const Field> table) {
  std::string out;
  std::optional<Section> section;
  for (const Field& field : table) {
    if (field.section != section) {
      out += (out.empty() ? "" : "\n") + ("**" + std::string(title(field.section)) + "**\n\n") +
             "| variable | default | meaning |\n|---|---|---|\n";
    }
    section = field.section;
    const std::string value = field.default_text.empty() ? "–" : '`' + escaped(field.default_text, "|") + '`';
    out +=
        "| `" + std::string(field.name) + "` | " + value + " | " + escaped(full_help(field), "|<*") + " |\n";
  }
  return out;
}

std::string settings_text(std::span<const Setting> settings) {
  const auto shown = [](const Setting& setting) {
    if (setting.refused) return std::string("(refused)");
    return setting.value.empty() ? "(not set)" : printable(setting.value);
  };
  std::size_t names = 0;
  std::size_t values = 0;
  for (const Setting& setting : settings) {
    names = std::max(names, setting.name.size());
    values = std::max(values, shown(setting).size());
  }
  const bool any_refused = std::ranges::any_of(settings, &Setting::refused);
  std::string out;
  for (const Setting& setting : settings) {
    out += (any_refused ? setting.refused ? "! " : "  " : "") + padded(setting.name, names) + "  " +
           padded(shown(setting), values) + "  ";
    out += std::string(to_string(setting.source)) + '\n';
  }
  return out;
}

std::string settings_json(std::span<const Setting> settings) {
  return boost::json::serialize(settings_object(settings)) + '\n';
}

std::string config_text(const Loaded& loaded) {
  std::string out = settings_text(loaded.settings);
  out += "\nForwards, with what their variables come to:\n";
  std::size_t names = 0;
  for (const auto& spec : loaded.config.forwards) names = std::max(names, spec.name.size());
  for (const auto& spec : loaded.config.forwards) {
    out += "  " + padded(spec.name, names) + "  " + printable(spec_text(spec)) + forward_options(spec) + '\n';
  }
  return out;
}

std::string config_json(const Loaded& loaded) {
  boost::json::array servers;
  for (const auto& server : loaded.config.pool.servers) servers.emplace_back(net::to_string(server));
  boost::json::array forwards;
  for (const auto& spec : loaded.config.forwards) {
    boost::json::object one{{"name", spec.name},
                            {"mode", forward::to_string(spec.mode)},
                            {"spec", fit_for_json(spec_text(spec))},
                            {"required", spec.required},
                            {"max_connections", spec.max_connections},
                            {"idle_timeout", idle_timeout_value(spec)},
                            {"probe", spec.probe ? boost::json::value(probe_text(*spec.probe)) : nullptr}};
    if (spec.mode == forward::Mode::remote) one["proxy_protocol"] = proxy_text(spec.proxy_protocol);
    forwards.push_back(std::move(one));
  }
  boost::json::object all{{"variables", settings_object(loaded.settings)},
                          {"servers", std::move(servers)},
                          {"forwards", std::move(forwards)}};
  return boost::json::serialize(all) + '\n';
}

std::string rejection_json(const Rejection& rejection) {
  boost::json::array problems;
  for (const auto& problem : rejection.problems) {
    problems.push_back(boost::json::object{{"variable", fit_for_json(problem.variable)},
                                           {"wrong", fit_for_json(problem.wrong)},
                                           {"right", fit_for_json(problem.right)}});
  }
  const boost::json::object all{{"variables", settings_object(rejection.settings)},
                                {"problems", std::move(problems)}};
  return boost::json::serialize(all) + '\n';
}

std::string settings_line(std::span<const Setting> settings) {
  std::string out;
  for (const Setting& setting : settings) {
    // The file is named by a variable of its own.
    if (setting.value.empty() || setting.source == Source::file) continue;
    const bool plain = setting.value.find_first_of(" \"\\=") == std::string::npos;
    out += (out.empty() ? "" : " ") + setting.name + '=' +
           (plain ? printable(setting.value) : in_quotes(setting.value));
  }
  return out;
}

}  // namespace towline::config
