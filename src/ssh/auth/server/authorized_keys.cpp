#include "ssh/auth/server/authorized_keys.hpp"

#include "ssh/auth/server/authorized_keys_repair.hpp"
#include "ssh/auth/server/user_certificate.hpp"
#include "ssh/keys/key_type.hpp"
#include "text/base64.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t line_octets_max = 16'384;  // OpenSSH's SSH_MAX_PUBKEY_BYTES
constexpr std::size_t type_shown_max = 60;

// Why the two words behind the options are no key that can log in. Shows nothing of a text that may be a
// secret in the wrong place.
std::string damage_of_key(std::string_view type, std::string_view base64) {
  if (type.starts_with("-----BEGIN")) return "it holds a private key or a certificate of another kind";
  if (type.starts_with("SHA256:")) return "it is a fingerprint, and a key is needed";
  if (!names_key_type(type)) return "there is no key type where one has to be";
  if (is_certificate_type(type))
    return "it is a certificate: its authority belongs here, behind cert-authority";
  const auto* known = find_key_type(type);
  if (known && known->kind == KeyKind::security_key) return "keys of security keys cannot be verified here";
  if (known && known->kind == KeyKind::dsa) return "DSA keys sign with SHA-1 only";
  if (!known && !find_signature_algorithm(type))
    return "keys of the type " + text::one_line(type, type_shown_max) + " are not known here";
  if (base64.empty()) return "there is no key behind its type";
  return text::from_base64(base64) ? "the key is damaged, or not of the type in front of it"
                                   : "the key is cut off, or not base64";
}

// In both ways around: what either forbids is forbidden.
std::string narrow(Permissions& permissions, const Permissions& other) {
  permissions.port_forwarding = permissions.port_forwarding && other.port_forwarding;
  permissions.agent_forwarding = permissions.agent_forwarding && other.agent_forwarding;
  permissions.x11_forwarding = permissions.x11_forwarding && other.x11_forwarding;
  permissions.pty = permissions.pty && other.pty;
  if (permissions.command && other.command && *permissions.command != *other.command)
    return "its force-command is another than the command= of the line";
  if (!permissions.command) permissions.command = other.command;
  return {};
}

std::uint64_t unix_seconds(Certificate::Time time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<long long>(seconds, 0));
}

}  // namespace

Refusal check_options(const KeyOptions& options, const KeyUse& use) {
  if (options.expiry && unix_seconds(use.now) > *options.expiry) return Refusal::key_expired;
  if (options.from && !options.from->permits(use.address)) return Refusal::address_not_permitted;
  return Refusal::none;
}

std::string AuthorizedKeys::parse_line(std::string_view line, Entry& entry) {
  if (line.size() > line_octets_max) return "it is longer than any key";
  if (line.find('\0') != line.npos) return "there is a zero octet in it";
  auto rest = line;
  auto type = take_word(rest);
  std::string_view options;
  if (!names_key_type(type)) {
    const auto length = options_length(line);
    if (!length) return "the quotes in its options do not end";
    options = line.substr(0, *length);
    rest = line.substr(*length);
    type = take_word(rest);
    // Without a type behind it, it is no option either: what it is may be a secret.
    if (!names_key_type(type))
      return damage_of_key(
          options.starts_with("-----BEGIN") || options.starts_with("SHA256:") ? options : type, {});
  }
  const auto base64 = take_word(rest);
  auto key = parse_host_key(type, base64);
  const auto* known = key ? find_key_type(key->type) : nullptr;
  if (!known || known->kind == KeyKind::security_key || known->kind == KeyKind::dsa)
    return damage_of_key(type, base64);
  entry.key = std::move(*key);
  return parse_key_options(options, entry.options);
}

AuthorizedKeys AuthorizedKeys::parse(std::string_view text, std::string_view file, Lines lines) {
  AuthorizedKeys keys;
  keys.add(text, file, lines);
  return keys;
}

void AuthorizedKeys::add(std::string_view raw, std::string_view file, Lines kind) {
  files_.emplace_back(file);
  const auto lines = repair_authorized_keys(raw);
  std::string_view text = lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line.starts_with('#')) continue;

    Entry entry;
    entry.file = files_.size() - 1;
    entry.line = number;
    entry.options.cert_authority = kind == Lines::authorities;
    if (auto damage = parse_line(line, entry); !damage.empty()) {
      bad_lines_.push_back({number, std::move(damage), std::string(file)});
      continue;
    }
    if (entry.options.from && !entry.options.from->unused().empty())
      bad_lines_.push_back(
          {number, "names of clients are not looked up, so nobody is " + entry.options.from->unused(),
           std::string(file), false});
    by_key_[entry.key.blob].push_back(entries_.size());
    entries_.push_back(std::move(entry));
  }
}

std::vector<const AuthorizedKeys::Entry*> AuthorizedKeys::entries_of(const HostKey& key,
                                                                     bool authorities) const {
  std::vector<const Entry*> found;
  const auto places = by_key_.find(key.blob);
  if (places == by_key_.end()) return found;
  for (const auto place : places->second) {
    if (entries_[place].options.cert_authority == authorities) found.push_back(&entries_[place]);
  }
  return found;
}

KeyVerdict AuthorizedKeys::verdict(const Entry& entry, Refusal refusal, std::string detail) const {
  KeyVerdict verdict{refusal, std::move(detail), {}, files_[entry.file], entry.line, entry.options.expiry};
  if (refusal == Refusal::none) verdict.permissions = entry.options.permissions;
  return verdict;
}

KeyVerdict AuthorizedKeys::judge(const HostKey& key, const KeyUse& use) const {
  KeyVerdict answer;
  for (const Entry* entry : entries_of(key, false)) {
    answer = verdict(*entry, check_options(entry->options, use));
    if (answer.accepted()) break;
  }
  return answer;
}

KeyVerdict AuthorizedKeys::judge(const Certificate& certificate, const KeyUse& use) const {
  KeyVerdict answer{Refusal::certificate_unknown};
  if (!certificate.authority) return answer;
  for (const Entry* entry : entries_of(*certificate.authority, true)) {
    answer = verdict(*entry, check_options(entry->options, use));
    if (!answer.accepted()) continue;
    auto judged =
        judge_user_certificate(certificate, use.user, entry->options.principals, use.address, use.now);
    if (judged.refusal == Refusal::none) {
      judged.detail = narrow(answer.permissions, judged.permissions);
      if (!judged.detail.empty()) judged.refusal = Refusal::certificate_option;
    }
    if (judged.refusal != Refusal::none) {
      answer = verdict(*entry, judged.refusal, std::move(judged.detail));
      continue;
    }
    if (certificate.valid_before != for_ever)
      answer.until = std::min(answer.until.value_or(for_ever), certificate.valid_before - 1);
    break;
  }
  return answer;
}

std::string text_of(const AuthorizedKeys::BadLine& bad) {
  return "line " + std::to_string(bad.line) + (bad.file.empty() ? "" : " of " + bad.file) +
         (bad.refused ? " is refused: " : ": ") + bad.reason;
}

}  // namespace towline::ssh
