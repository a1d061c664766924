#include "ssh/keys/certificate.hpp"

#include "ssh/keys/algorithm_policy.hpp"
#include "ssh/wire/writer.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <ctime>

namespace towline::ssh {

namespace {

constexpr std::size_t principals_max = 256;  // OpenSSH's SSHKEY_CERT_MAX_PRINCIPALS

// The certificate's type, the plain key's, and how many fields of the key follow the nonce.
struct CertificateShape {
  std::string_view type;
  std::string_view key_type;
  int key_fields;
};

constexpr CertificateShape certificate_shapes[] = {
    {"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", 1},
    {"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256", 2},
    {"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384", 2},
    {"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521", 2},
    {"ssh-rsa-cert-v01@openssh.com", "ssh-rsa", 2},
    {"sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com", 2},
    {"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", 3},
};

std::uint64_t u64(Reader& reader) {
  const std::uint64_t high = reader.u32();
  return high << 32U | reader.u32();
}

// The key that stands in the certificate without its type, as a plain key.
std::optional<HostKey> take_key(Reader& reader, const CertificateShape& shape) {
  MessageWriter key;
  key.string(shape.key_type);
  for (int i = 0; i < shape.key_fields; ++i) key.bytes(reader.bytes());
  return parse_host_key(key.take());
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

}  // namespace

bool is_certificate_type(std::string_view type) { return type.ends_with(certificate_suffix); }

std::optional<Certificate> parse_certificate(Bytes blob) {
  Reader reader(blob);
  Certificate certificate;
  certificate.type = reader.string();
  const auto* shape = std::ranges::find(certificate_shapes, certificate.type, &CertificateShape::type);
  if (shape == std::end(certificate_shapes)) return std::nullopt;
  reader.bytes();  // a nonce
  auto key = take_key(reader, *shape);
  if (!key) return std::nullopt;
  certificate.key = std::move(*key);
  certificate.serial = u64(reader);
  certificate.kind = static_cast<Certificate::Kind>(reader.u32());
  certificate.id = text::shown(reader.string());
  if (!take_principals(reader, certificate.principals)) return std::nullopt;
  certificate.valid_after = u64(reader);
  certificate.valid_before = u64(reader);
  std::vector<std::string> extensions;
  if (!take_options(reader, certificate.critical_options) || !take_options(reader, extensions))
    return std::nullopt;
  reader.bytes();  // reserved
  certificate.authority = parse_host_key(reader.bytes());
  const Bytes signed_part = blob.first(blob.size() - reader.rest().size());
  const Bytes signature = reader.bytes();
  const bool known_kind =
      certificate.kind == Certificate::Kind::user || certificate.kind == Certificate::Kind::host;
  if (!known_kind || !reader.complete()) return std::nullopt;
  certificate.signed_part.assign(signed_part.begin(), signed_part.end());
  certificate.signature.assign(signature.begin(), signature.end());
  return certificate;
}

std::string time_text(std::uint64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char text[64];
  if (time < 0 || !::gmtime_r(&time, &parts)) return "the end of time";
  return {text, std::strftime(text, sizeof text, "%FT%TZ", &parts)};
}

}  // namespace towline::ssh
