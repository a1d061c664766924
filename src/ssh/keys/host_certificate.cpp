#include "ssh/keys/host_certificate.hpp"

#include "ssh/keys/signature.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <ranges>

namespace towline::ssh {

namespace {

constexpr std::size_t names_shown_max = 8;
constexpr std::size_t name_shown_max = 255;  // a host name is no longer

// Of so many names that a line of the log can hold them.
std::string comma_list(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names | std::views::take(names_shown_max))
    list += (list.empty() ? "" : ", ") + text::one_line(name, name_shown_max);
  return names.size() > names_shown_max ? list + ", …" : list;
}

bool is_security_key(const HostKey& key) { return key.type.starts_with("sk-"); }

std::string signature_objection(const Certificate& certificate) {
  const auto algorithm = std::string(Reader(certificate.signature).string());
  if (algorithm == "ssh-rsa") return "is signed with SHA-1";
  if (algorithm.starts_with("sk-") || algorithm == "ssh-dss")
    return "is signed with " + algorithm + ", which is not supported";
  if (is_signed_by(*certificate.authority, certificate.signed_part, certificate.signature)) return {};
  return "is not signed by the authority it names";
}

}  // namespace

std::optional<Certificate> parse_host_certificate(Bytes blob) {
  auto certificate = parse_certificate(blob);
  if (!certificate || !certificate->authority || is_security_key(certificate->key)) return std::nullopt;
  return certificate;
}

std::string objection_to(const Certificate& certificate, std::string_view host,
                         std::chrono::system_clock::time_point now) {
  if (auto objection = signature_objection(certificate); !objection.empty()) return objection;
  if (certificate.kind != Certificate::Kind::host) return "is one for users, not for hosts";
  const auto since_1970 = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto seconds = static_cast<std::uint64_t>(std::max<long long>(since_1970, 0));
  if (seconds < certificate.valid_after) return "is not valid before " + time_text(certificate.valid_after);
  if (seconds >= certificate.valid_before) return "expired on " + time_text(certificate.valid_before);
  const auto& principals = certificate.principals;
  if (!principals.empty() && std::ranges::find(principals, host) == principals.end())
    return "is for " + comma_list(principals) + ", not for " + std::string(host);
  if (!certificate.critical_options.empty())
    return "has critical options that are not known here: " + comma_list(certificate.critical_options);
  return {};
}

}  // namespace towline::ssh
