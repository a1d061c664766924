#include "config/addresses.hpp"

#include <algorithm>
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

// What `holder` holds of `owner`'s value: `text`. False, and a problem, where `owner` says something else
// itself.
bool take_over(Reading& reading, std::string_view holder, std::string_view owner, const std::string& text,
               Findings& findings) {
  const auto name = written_name(reading, holder);
  const auto setting = std::ranges::find(reading.settings, owner, &Setting::name);
  if (reading.is_written(owner) && setting->value != text) {
    findings.problems.push_back(
        {ProblemKind::configuration, name,
         "holds host and port, and " + written_name(reading, owner) + " says something else",
         "write " + std::string(owner) + " and " + std::string(holder) + " apart"});
    return false;
  }
  findings.warnings.push_back(
      {name, name + " holds host and port; it is taken as " + std::string(owner) + '=' + text});
  reading.show(owner, text, Source::alias);
  return true;
}

}  // namespace

void settle_addresses(Reading& reading, Findings& findings) {
  auto& draft = reading.draft;
  if (const auto& bind = draft.address_to_listen_on) {
    const auto text = bind->host.empty() ? std::string("*") : bind->host;
    if (take_over(reading, "SSH_TUNNEL_PORT", "SSH_BIND_IP", text, findings)) {
      draft.main.listen = *bind;
      draft.main.listen_path.clear();
      reading.show("SSH_TUNNEL_PORT", std::to_string(bind->port));
    }
  }
  if (const auto& target = draft.address_in_target_port) {
    if (take_over(reading, "SSH_TARGET_PORT", "SSH_TARGET_HOST", target->host, findings)) {
      draft.main.connect = *target;
      reading.show("SSH_TARGET_PORT", std::to_string(target->port));
    }
  } else if (const auto& address = draft.address_in_target_host) {
    if (take_over(reading, "SSH_TARGET_HOST", "SSH_TARGET_PORT", std::to_string(address->port), findings)) {
      draft.main.connect = *address;
      reading.show("SSH_TARGET_HOST", address->host);
    }
  }
}

}  // namespace towline::config
