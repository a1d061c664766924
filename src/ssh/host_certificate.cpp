#include "ssh/host_certificate.hpp"

#include "ssh/connection/message.hpp"
#include "ssh/signature.hpp"

#include <algorithm>
#include <ctime>
#include <ranges>
#include <string_view>

namespace towline::ssh {

namespace {

using connection::Bytes;
using connection::Reader;

constexpr std::size_t principals_max = 256;  // OpenSSH's SSHKEY_CERT_MAX_PRINCIPALS
constexpr std::size_t names_shown_max = 8;
constexpr std::size_t name_shown_max = 255;  // a host name is no longer

struct CertificateShape {
  std::string_view type;
  std::string_view key_type;
  int key_fields;
};

constexpr CertificateShape shapes[] = {
    {"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", 1},
    {"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256", 2},
    {"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384", 2},
    {"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521", 2},
    {"ssh-rsa-cert-v01@openssh.com", "ssh-rsa", 2},
};

std::uint64_t u64(Reader& reader) {
  const std::uint64_t high = reader.u32();
  return high << 32 | reader.u32();
}

// The key that stands in the certificate without its type, as a plain key.
std::optional<HostKey> take_key(Reader& reader, const CertificateShape& shape) {
  const Bytes before = reader.rest();
  for (int i = 0; i < shape.key_fields; ++i) reader.bytes();
  if (!reader.ok()) return std::nullopt;
  const Bytes fields = before.first(before.size() - reader.rest().size());
  std::vector<std::uint8_t> blob{0, 0, 0, static_cast<std::uint8_t>(shape.key_type.size())};
  blob.insert(blob.end(), shape.key_type.begin(), shape.key_type.end());
  blob.insert(blob.end(), fields.begin(), fields.end());
  return parse_host_key(blob);
}

bool take_principals(Reader& reader, std::vector<std::string>& principals) {
  Reader list(reader.bytes());
  while (list.ok() && !list.rest().empty() && principals.size() <= principals_max)
    principals.emplace_back(list.string());
  return list.complete() && principals.size() <= principals_max;
}

// Pairs of a name and its data.
bool take_options(Reader& reader, std::vector<std::string>& names) {
  Reader list(reader.bytes());
  while (list.ok() && !list.rest().empty()) {
    names.emplace_back(list.string());
    list.bytes();
  }
  return list.complete();
}

std::string_view signature_algorithm(const HostCertificate& certificate) {
  return Reader(certificate.signature).string();
}

// Of so many names that a line of the log can hold them.
std::string comma_list(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names | std::views::take(names_shown_max))
    list += (list.empty() ? "" : ", ") + name.substr(0, name_shown_max);
  return names.size() > names_shown_max ? list + ", …" : list;
}

// "2026-01-31 23:59:59 UTC"
std::string time_text(std::uint64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char text[64];
  if (time < 0 || !::gmtime_r(&time, &parts)) return "the end of time";
  return {text, std::strftime(text, sizeof text, "%F %T UTC", &parts)};
}

std::string signature_objection(const HostCertificate& certificate) {
  const auto algorithm = std::string(signature_algorithm(certificate));
  if (algorithm == "ssh-rsa") return "is signed with SHA-1";
  if (algorithm.starts_with("sk-") || algorithm == "ssh-dss")
    return "is signed with " + algorithm + ", which is not supported";
  if (is_signed_by(certificate.authority, certificate.signed_part, certificate.signature)) return {};
  return "is not signed by the authority it names";
}

}  // namespace

std::optional<HostCertificate> parse_host_certificate(std::span<const std::uint8_t> blob) {
  Reader reader(blob);
  const auto* shape = std::ranges::find(shapes, reader.string(), &CertificateShape::type);
  if (shape == std::end(shapes)) return std::nullopt;
  reader.bytes();  // a nonce
  auto key = take_key(reader, *shape);
  if (!key) return std::nullopt;

  HostCertificate certificate;
  certificate.key = std::move(*key);
  certificate.serial = u64(reader);
  certificate.kind = static_cast<HostCertificate::Kind>(reader.u32());
  certificate.id = reader.string();
  if (!take_principals(reader, certificate.principals)) return std::nullopt;
  certificate.valid_after = u64(reader);
  certificate.valid_before = u64(reader);
  std::vector<std::string> extensions;
  if (!take_options(reader, certificate.critical_options) || !take_options(reader, extensions))
    return std::nullopt;
  reader.bytes();  // reserved
  auto authority = parse_host_key(reader.bytes());
  const Bytes signed_part = blob.first(blob.size() - reader.rest().size());
  const Bytes signature = reader.bytes();
  const bool known_kind =
      certificate.kind == HostCertificate::Kind::user || certificate.kind == HostCertificate::Kind::host;
  if (!authority || !known_kind || !reader.complete()) return std::nullopt;
  certificate.authority = std::move(*authority);
  certificate.signed_part.assign(signed_part.begin(), signed_part.end());
  certificate.signature.assign(signature.begin(), signature.end());
  return certificate;
}

std::string objection_to(const HostCertificate& certificate, std::string_view host,
                         std::chrono::system_clock::time_point now) {
  if (auto objection = signature_objection(certificate); !objection.empty()) return objection;
  if (certificate.kind != HostCertificate::Kind::host) return "is one for users, not for hosts";
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
