#include "ssh/keys/user_certificate.hpp"

#include "ssh/wire/error.hpp"
#include "text/base64.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

using Time = UserCertificate::Time;

// Seconds since 1970, held within what the clock can say.
Time time_of(std::uint64_t seconds) {
  constexpr auto last = std::chrono::duration_cast<std::chrono::seconds>(Time::max().time_since_epoch());
  const auto held = std::min(seconds, static_cast<std::uint64_t>(last.count()));
  return Time(std::chrono::seconds(static_cast<std::int64_t>(held)));
}

std::string text_of(Time time) {
  return time_text(static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(time)));
}

Failure invalid(std::string why) { return {errc::certificate_invalid, std::move(why)}; }

}  // namespace

Result<UserCertificate> parse_user_certificate(Bytes blob) {
  auto read = parse_certificate(blob);
  if (!read) return invalid("it is damaged, or of an unknown type");
  if (read->kind == Certificate::Kind::host)
    return invalid("it is a host certificate; one of a user is needed");
  UserCertificate certificate;
  certificate.type = std::move(read->type);
  certificate.blob.assign(blob.begin(), blob.end());
  certificate.key = std::move(read->key);
  certificate.id = std::move(read->id);
  certificate.principals = std::move(read->principals);
  certificate.valid_after = time_of(read->valid_after);
  if (read->valid_before != for_ever) certificate.valid_before = time_of(read->valid_before);
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
  const auto blob = text::from_base64(next_word());
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
