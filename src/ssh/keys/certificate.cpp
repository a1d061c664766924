#include "ssh/keys/certificate.hpp"

#include "ssh/keys/evp_key.hpp"
#include "ssh/keys/key_type.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/writer.hpp"
#include "text/base64.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <ranges>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t principals_max = 256;  // OpenSSH's SSHKEY_CERT_MAX_PRINCIPALS

constexpr std::size_t names_shown_max = 8;
constexpr std::size_t name_shown_max = 255;  // a host name is no longer

std::uint64_t u64(Reader& reader) {
  const std::uint64_t high = reader.u32();
  return high << 32U | reader.u32();
}

// The key that stands in the certificate without its type, as a plain key.
std::optional<HostKey> take_key(Reader& reader, const KeyType& type) {
  MessageWriter key;
  key.string(type.name);
  for (auto left = type.field_count(); left > 0; --left) key.bytes(reader.bytes());
  return parse_host_key(key.take());
}

bool take_principals(Reader& reader, std::vector<std::string>& principals) {
  Reader list(reader.bytes());
  while (list.ok() && !list.rest().empty() && principals.size() <= principals_max)
    principals.emplace_back(list.string());
  return list.complete() && principals.size() <= principals_max;
}

// Pairs of a name and its data.
bool take_options(Reader& reader, std::vector<CertificateOption>& options) {
  Reader list(reader.bytes());
  while (list.ok() && !list.rest().empty()) {
    const auto name = list.string();
    const auto data = list.bytes();
    options.push_back({std::string(name), {data.begin(), data.end()}});
  }
  return list.complete();
}

// Of so many names that a line of the log can hold them.
std::string comma_list(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names | std::views::take(names_shown_max))
    list += (list.empty() ? "" : ", ") + text::one_line(name, name_shown_max);
  return names.size() > names_shown_max ? list + ", …" : list;
}

std::uint64_t seconds_of(Certificate::Time time) {
  const auto since_1970 = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<long long>(since_1970, 0));
}

Failure invalid(std::string why) { return {errc::certificate_invalid, std::move(why)}; }

}  // namespace

std::optional<Certificate::Time> Certificate::expiry() const {
  if (valid_before == for_ever) return std::nullopt;
  return Time(std::chrono::seconds(std::min(valid_before, seconds_of(Time::max()))));
}

bool is_certificate_type(std::string_view type) { return type.ends_with(certificate_suffix); }

std::optional<Certificate> parse_certificate(Bytes blob) {
  Reader reader(blob);
  Certificate certificate;
  certificate.type = reader.string();
  const auto* plain = find_certified_type(certificate.type);
  if (!plain) return std::nullopt;
  reader.bytes();  // a nonce
  auto key = take_key(reader, *plain);
  if (!key) return std::nullopt;
  certificate.key = std::move(*key);
  certificate.serial = u64(reader);
  certificate.kind = static_cast<Certificate::Kind>(reader.u32());
  certificate.id = text::shown(reader.string());
  if (!take_principals(reader, certificate.principals)) return std::nullopt;
  certificate.valid_after = u64(reader);
  certificate.valid_before = u64(reader);
  if (!take_options(reader, certificate.critical_options) || !take_options(reader, certificate.extensions))
    return std::nullopt;
  reader.bytes();  // reserved
  certificate.authority = parse_host_key(reader.bytes());
  const Bytes signed_part = blob.first(blob.size() - reader.rest().size());
  const Bytes signature = reader.bytes();
  const bool known_kind =
      certificate.kind == Certificate::Kind::user || certificate.kind == Certificate::Kind::host;
  if (!known_kind || !reader.complete()) return std::nullopt;
  certificate.blob.assign(blob.begin(), blob.end());
  certificate.signed_part.assign(signed_part.begin(), signed_part.end());
  certificate.signature.assign(signature.begin(), signature.end());
  return certificate;
}

std::optional<Certificate> parse_host_certificate(Bytes blob) {
  auto certificate = parse_certificate(blob);
  if (!certificate || !certificate->authority) return std::nullopt;
  if (find_certified_type(certificate->type)->kind == KeyKind::security_key) return std::nullopt;
  return certificate;
}

std::string objection_to_signature(const Certificate& certificate) {
  const auto algorithm = std::string(Reader(certificate.signature).string());
  if (algorithm == "ssh-rsa") return "is signed with SHA-1";
  if (find_key_type(algorithm) && !find_signature_algorithm(algorithm))
    return "is signed with " + algorithm + ", which is not supported";
  if (is_signed_by(*certificate.authority, certificate.signed_part, certificate.signature)) return {};
  return "is not signed by the authority it names";
}

std::string objection_to(const Certificate& certificate, std::string_view host, Certificate::Time now) {
  if (auto objection = objection_to_signature(certificate); !objection.empty()) return objection;
  if (certificate.kind != Certificate::Kind::host) return "is one for users, not for hosts";
  const auto seconds = seconds_of(now);
  if (seconds < certificate.valid_after) return "is not valid before " + time_text(certificate.valid_after);
  if (seconds >= certificate.valid_before) return "expired on " + time_text(certificate.valid_before);
  const auto& principals = certificate.principals;
  if (!principals.empty() && std::ranges::find(principals, host) == principals.end())
    return "is for " + comma_list(principals) + ", not for " + std::string(host);
  if (!certificate.critical_options.empty()) {
    std::vector<std::string> names;
    std::ranges::transform(certificate.critical_options, std::back_inserter(names), &CertificateOption::name);
    return "has critical options that are not known here: " + comma_list(names);
  }
  return {};
}

Result<Certificate> parse_user_certificate(Bytes blob) {
  auto certificate = parse_certificate(blob);
  if (!certificate) return invalid("it is damaged, or of an unknown type");
  if (certificate->kind == Certificate::Kind::host)
    return invalid("it is a host certificate; one of a user is needed");
  return std::move(*certificate);
}

Result<Certificate> parse_user_certificate(std::string_view text) {
  const auto certificate = parse_certificate_text(text);
  if (!certificate) return certificate.error();
  return parse_user_certificate(Bytes(certificate->blob));
}

Result<Certificate> parse_certificate_text(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n\\";
  const auto next_word = [&text, blank] {
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    const auto word = text.substr(0, text.find_first_of(blank));
    text.remove_prefix(word.size());
    return word;
  };
  const auto type = next_word();
  if (type.empty()) return invalid("it is empty");
  if (type.starts_with("-----BEGIN")) return invalid("it is a key or a certificate of another kind");
  if (!is_certificate_type(type)) {
    return invalid(parse_host_key(type, next_word()) ? "it is a public key without a certificate"
                                                     : "it does not look like ssh-keygen's -cert.pub");
  }
  const auto blob = text::from_base64(next_word());
  if (!blob) return invalid("it is damaged");
  auto certificate = parse_certificate(Bytes(*blob));
  if (!certificate) return invalid("it is damaged, or of an unknown type");
  if (certificate->type != type) return invalid("it is damaged: it holds another type");
  return std::move(*certificate);
}

Result<> check_validity(const Certificate& certificate, Certificate::Time now) {
  const auto seconds = seconds_of(now);
  if (seconds < certificate.valid_after)
    return Failure{errc::certificate_expired, "it begins at " + time_text(certificate.valid_after) +
                                                  ", and now it is " + time_text(seconds)};
  if (seconds >= certificate.valid_before)
    return Failure{errc::certificate_expired, "it ended at " + time_text(certificate.valid_before)};
  return {};
}

std::string time_text(std::uint64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char text[64];
  if (time < 0 || !::gmtime_r(&time, &parts)) return "the end of time";
  return {text, std::strftime(text, sizeof text, "%FT%TZ", &parts)};
}

}  // namespace towline::ssh
