#include "config/addresses.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace towline::config {

namespace {

// The name under which somebody wrote the row's value.
std::string written_name(const Reading& reading, std::string_view name) {
  const auto setting = std::ranges::find(reading.settings, name, &Setting::name);
  const auto field = std::ranges::find(fields(), name, &Field::name);
  const bool old = setting->source == Source::alias && !field->alias.empty();
  return std::string(old ? field->alias : field->name);
}

struct Part {
  std::string_view variable;
  std::string text;
};

std::string assignment(const Part& part) { return std::string(part.variable) + '=' + part.text; }

// `holder` holds its own part of an address and that of `other`. False, and a problem, where the other
// variable says something else itself.
bool take_apart(Reading& reading, const Part& holder, const Part& other, Findings& findings) {
  const auto name = written_name(reading, holder.variable);
  const auto setting = std::ranges::find(reading.settings, other.variable, &Setting::name);
  if (reading.is_written(other.variable) && setting->value != other.text) {
    findings.refuse(
        name, "holds host and port, and " + written_name(reading, other.variable) + " says something else",
        "write " + std::string(other.variable) + " and " + std::string(holder.variable) + " apart");
    return false;
  }
  findings.warn(name,
                name + " holds host and port; taken as " + assignment(other) + " and " + assignment(holder));
  reading.show(other.variable, other.text, Source::alias);
  reading.show(holder.variable, holder.text);
  return true;
}

}  // namespace

void settle_addresses(Reading& reading, Findings& findings) {
  auto& draft = reading.draft;
  if (const auto& bind = draft.address_to_listen_on) {
    const Part host{"SSH_BIND_IP", bind->host.empty() ? "*" : bind->host};
    if (take_apart(reading, {"SSH_TUNNEL_PORT", std::to_string(bind->port)}, host, findings)) {
      draft.main.listen = *bind;
      draft.main.listen_path.clear();
    }
  }
  const auto target = [&](const std::optional<net::HostPort>& address, std::string_view holder) {
    if (!address) return;
    const Part host{"SSH_TARGET_HOST", address->host};
    const Part port{"SSH_TARGET_PORT", std::to_string(address->port)};
    const bool host_holds = holder == host.variable;
    if (take_apart(reading, host_holds ? host : port, host_holds ? port : host, findings))
      draft.main.connect = *address;
  };
  if (draft.address_in_target_port && draft.address_in_target_host) {
    findings.refuse("SSH_TARGET_PORT", "holds host and port, and so does SSH_TARGET_HOST",
                    "write SSH_TARGET_HOST and SSH_TARGET_PORT apart");
    return;
  }
  target(draft.address_in_target_port, "SSH_TARGET_PORT");
  target(draft.address_in_target_host, "SSH_TARGET_HOST");
}

}  // namespace towline::config
