#include "ssh/auth/server/user_certificate.hpp"

#include "ssh/wire/message.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t option_shown_max = 60;

CertificateVerdict refused_for(Refusal refusal, std::string detail) {
  return {refusal, std::move(detail), {}};
}

// The string that is all of an option's data.
std::optional<std::string> only_string(const CertificateOption& option) {
  Reader reader(option.data);
  std::string text(reader.string());
  if (!reader.complete()) return std::nullopt;
  return text;
}

struct Extension {
  std::string_view name;
  bool Permissions::* flag;
};

constexpr Extension extension_rows[] = {
    {"permit-agent-forwarding", &Permissions::agent_forwarding},
    {"permit-port-forwarding", &Permissions::port_forwarding},
    {"permit-pty", &Permissions::pty},
    {"permit-X11-forwarding", &Permissions::x11_forwarding},
};

// What is not there is not permitted; what is not known permits nothing.
std::string take_extensions(const Certificate& certificate, Permissions& permissions) {
  for (const auto& row : extension_rows) permissions.*row.flag = false;
  for (const auto& extension : certificate.extensions) {
    const auto* row = std::ranges::find(extension_rows, extension.name, &Extension::name);
    if (row == std::end(extension_rows)) continue;
    if (!extension.data.empty()) return extension.name + " is damaged";
    permissions.*row->flag = true;
  }
  return {};
}

CertificateVerdict take_critical_options(const Certificate& certificate, const ClientAddress& address) {
  CertificateVerdict verdict;
  bool source_address = false;
  for (const auto& option : certificate.critical_options) {
    const auto value = only_string(option);
    if (option.name == "force-command" && value && !verdict.permissions.command) {
      verdict.permissions.command = *value;
    } else if (option.name == "source-address" && value && !source_address) {
      source_address = true;
      AddressPatterns networks;
      auto problem = AddressPatterns::parse(*value, AddressPatterns::Form::source_address, networks);
      if (!problem.empty()) return refused_for(Refusal::certificate_option, "source-address: " + problem);
      if (!networks.permits(address))
        return refused_for(Refusal::address_not_permitted, "its source-address");
    } else {
      const bool known = option.name == "force-command" || option.name == "source-address";
      return refused_for(Refusal::certificate_option,
                         text::one_line(option.name, option_shown_max) +
                             (known ? " is damaged, or there twice" : " is not known here"));
    }
  }
  return verdict;
}

bool names_user(const Certificate& certificate, std::string_view user,
                const std::vector<std::string>& principals) {
  const auto has = [&](std::string_view name) {
    return std::ranges::find(certificate.principals, name) != certificate.principals.end();
  };
  return principals.empty() ? has(user) : std::ranges::any_of(principals, has);
}

}  // namespace

CertificateVerdict judge_user_certificate(const Certificate& certificate, std::string_view user,
                                          const std::vector<std::string>& principals,
                                          const ClientAddress& address, Certificate::Time now) {
  if (certificate.kind != Certificate::Kind::user)
    return refused_for(Refusal::certificate_invalid, "it is one for hosts, not for users");
  if (!certificate.authority) return refused_for(Refusal::certificate_unknown, {});
  if (const auto valid = check_validity(certificate, now); !valid)
    return refused_for(Refusal::certificate_expired, valid.error().detail);
  if (!names_user(certificate, user, principals)) return refused_for(Refusal::certificate_not_for_user, {});
  auto verdict = take_critical_options(certificate, address);
  if (verdict.refusal != Refusal::none) return verdict;
  if (auto problem = take_extensions(certificate, verdict.permissions); !problem.empty())
    return refused_for(Refusal::certificate_option, std::move(problem));
  // The one step that costs something, and the one that makes the others true.
  if (auto objection = objection_to_signature(certificate); !objection.empty())
    return refused_for(Refusal::certificate_invalid, "it " + objection);
  return verdict;
}

}  // namespace towline::ssh
