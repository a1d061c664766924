#include "ssh/user_certificate.hpp"

#include "ssh/base64.hpp"
#include "ssh/error.hpp"
#include "ssh/message_writer.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>

namespace towline::ssh {

namespace {

using connection::Bytes;
using connection::Reader;
using Time = UserCertificate::Time;

constexpr std::uint32_t user_kind = 1;
constexpr std::uint32_t host_kind = 2;
constexpr std::uint64_t for_ever = std::numeric_limits<std::uint64_t>::max();

// The certificate's type, the plain key's, and how many fields of the key follow the nonce.
struct Kind {
  std::string_view type;
  std::string_view key_type;
  int fields;
};

constexpr Kind kinds[] = {
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

// Seconds since 1970, held within what the clock can say.
Time time_of(std::uint64_t seconds) {
  constexpr auto last = std::chrono::duration_cast<std::chrono::seconds>(Time::max().time_since_epoch());
  const auto held = std::min(seconds, static_cast<std::uint64_t>(last.count()));
  return Time(std::chrono::seconds(static_cast<std::int64_t>(held)));
}

std::string text_of(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  char text[32] = {};
  ::gmtime_r(&seconds, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Failure invalid(std::string why) { return {errc::certificate_invalid, std::move(why)}; }

std::vector<std::string> names(Bytes packed) {
  std::vector<std::string> all;
  for (Reader reader(packed); reader.ok() && !reader.rest().empty();) {
    auto name = std::string(reader.string());
    if (reader.ok()) all.push_back(std::move(name));
  }
  return all;
}

}  // namespace

bool is_certificate_type(std::string_view type) { return type.ends_with("-cert-v01@openssh.com"); }

Result<UserCertificate> parse_user_certificate(Bytes blob) {
  Reader reader(blob);
  UserCertificate certificate;
  certificate.type = reader.string();
  const auto* kind = std::ranges::find(kinds, certificate.type, &Kind::type);
  if (kind == std::end(kinds)) return invalid("it is of an unknown type");
  reader.bytes();  // nonce
  MessageWriter key;
  key.string(kind->key_type);
  for (int i = 0; i < kind->fields; ++i) key.bytes(reader.bytes());
  u64(reader);  // serial
  const auto purpose = reader.u32();
  certificate.id = reader.string();
  certificate.principals = names(reader.bytes());
  const auto after = u64(reader);
  const auto before = u64(reader);
  for (int i = 0; i < 5; ++i) reader.bytes();  // options, extensions, reserved, authority, signature
  const auto plain = parse_host_key(key.take());
  if (!reader.complete() || !plain) return invalid("it is damaged");
  if (purpose == host_kind) return invalid("it is a host certificate; one of a user is needed");
  if (purpose != user_kind) return invalid("it is neither for users nor for hosts");
  certificate.blob.assign(blob.begin(), blob.end());
  certificate.key = *plain;
  certificate.valid_after = time_of(after);
  if (before != for_ever) certificate.valid_before = time_of(before);
  return certificate;
}

Result<UserCertificate> parse_user_certificate(std::string_view text) {
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
  const auto blob = from_base64(next_word());
  if (!blob) return invalid("it is damaged");
  auto certificate = parse_user_certificate(Bytes(*blob));
  if (certificate && certificate->type != type) return invalid("it is damaged: it holds another type");
  return certificate;
}

Result<> check_validity(const UserCertificate& certificate, Time now) {
  if (now < certificate.valid_after) {
    return Failure{errc::certificate_expired,
                   "it begins at " + text_of(certificate.valid_after) + ", and now it is " + text_of(now)};
  }
  if (certificate.valid_before && now >= *certificate.valid_before) {
    return Failure{errc::certificate_expired, "it ended at " + text_of(*certificate.valid_before)};
  }
  return {};
}

}  // namespace towline::ssh
