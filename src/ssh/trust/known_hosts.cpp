#include "ssh/trust/known_hosts.hpp"

#include "ssh/trust/known_hosts_repair.hpp"
#include "text/base64.hpp"
#include "text/pattern.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::uint16_t default_port = 22;
constexpr std::size_t sha1_bytes = 20;
constexpr std::string_view blanks = " \t";
constexpr std::string_view hash_magic = "|1|";
constexpr std::size_t pattern_length_max = 1'022;  // ssh matches nothing on a line with a longer pattern

// How the file names a host at a port.
std::string known_name(const net::HostPort& where) {
  const auto host = text::lower_case(where.host);
  return where.port == default_port ? host : '[' + host + "]:" + std::to_string(where.port);
}

std::string_view skip_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  return begin == text.npos ? std::string_view{} : text.substr(begin);
}

// Takes one field and the blanks after it off the front of `rest`.
std::string_view take_field(std::string_view& rest) {
  const auto field = rest.substr(0, rest.find_first_of(blanks));
  rest = skip_blanks(rest.substr(field.size()));
  return field;
}

// A comma list; one matching '!' pattern refuses, whatever the others say.
bool matches_list(std::string_view name, std::string_view patterns) {
  bool matched = false;
  while (!patterns.empty()) {
    auto pattern = text::take_listed(patterns);
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (pattern.size() > pattern_length_max) return false;
    if (!text::matches_pattern(pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

std::array<std::uint8_t, sha1_bytes> hmac_sha1(const std::vector<std::uint8_t>& key, std::string_view text) {
  std::array<std::uint8_t, sha1_bytes> digest{};
  EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA1", nullptr, key.data(), key.size(),
            reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), digest.size(),
            nullptr);
  return digest;
}

std::optional<std::vector<std::uint8_t>> parse_sha1(std::string_view base64) {
  auto bytes = text::from_base64(base64);
  return bytes && bytes->size() == sha1_bytes ? bytes : std::nullopt;
}

}  // namespace

bool KnownHosts::Entry::matches(const std::string& name) const {
  if (salt.empty()) return matches_list(name, hosts);
  return std::ranges::equal(hmac_sha1(salt, name), hash);
}

std::string KnownHosts::parse_line(std::string_view line, Entry& entry) {
  if (line.starts_with('@')) {
    const auto marker = take_field(line);
    if (marker != "@cert-authority" && marker != "@revoked")
      return "unknown marker; there are @cert-authority and @revoked";
    entry.marker = marker == "@revoked" ? Marker::revoked : Marker::cert_authority;
    if (line.starts_with('@')) return "more than one marker";
  }

  if (auto reason = missing_key(line); !reason.empty()) return reason;
  const auto hosts = take_field(line);
  if (hosts.starts_with('|')) {
    const auto middle = hosts.find('|', hash_magic.size());
    if (!hosts.starts_with(hash_magic) || middle == hosts.npos) return "damaged host hash";
    const auto salt = parse_sha1(hosts.substr(hash_magic.size(), middle - hash_magic.size()));
    const auto hash = parse_sha1(hosts.substr(middle + 1));
    if (!salt || !hash) return "damaged host hash";
    entry.salt = *salt;
    entry.hash = *hash;
  } else {
    entry.hosts = text::lower_case(hosts);
  }

  const auto type = take_field(line);
  const auto base64 = take_field(line);
  auto key = parse_host_key(type, base64);
  if (!key) return damaged_key(type, base64);
  entry.key = std::move(*key);
  return {};
}

KnownHosts KnownHosts::parse(std::string_view text, std::string_view file) {
  KnownHosts known;
  known.add(text, file);
  return known;
}

void KnownHosts::add(std::string_view raw, std::string_view file) {
  files_.emplace_back(file);
  const auto lines = repair_known_hosts(raw);
  std::string_view text = lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));

    line = skip_blanks(line);
    if (line.empty() || line.starts_with('#')) continue;

    Entry entry;
    entry.file = files_.size() - 1;
    entry.line = number;
    auto damage = parse_line(line, entry);
    const bool readable = damage.empty();
    if (readable) damage = misspelt_hosts(entry.hosts);
    if (readable) entries_.push_back(std::move(entry));
    if (!damage.empty()) bad_lines_.push_back({number, std::move(damage), std::string(file)});
  }
}

HostKeyLookup KnownHosts::found(HostKeyVerdict verdict, const Entry& entry) const {
  return {verdict, entry.line, {}, files_[entry.file]};
}

KnownKey KnownHosts::known_key(const Entry& entry) const {
  return {entry.line, entry.key.type, fingerprint(entry.key), files_[entry.file]};
}

std::vector<const KnownHosts::Entry*> KnownHosts::entries_for(const std::string& name) const {
  std::vector<const Entry*> found;
  for (const Entry& entry : entries_) {
    if (entry.matches(name)) found.push_back(&entry);
  }
  return found;
}

HostKeyLookup KnownHosts::lookup(const std::string& name, const HostKey& key) const {
  HostKeyLookup answer;
  for (const Entry* entry : entries_for(name)) {
    const bool same = entry->key == key;
    if (entry->marker == Marker::revoked && same) return found(HostKeyVerdict::revoked, *entry);
    if (entry->marker != Marker::none || answer.verdict == HostKeyVerdict::match) continue;
    if (same) {
      answer = found(HostKeyVerdict::match, *entry);
    } else {
      answer.verdict = HostKeyVerdict::mismatch;
      answer.expected.push_back(known_key(*entry));
    }
  }
  return answer;
}

HostKeyLookup KnownHosts::lookup_authority(const std::string& name, const HostKey& key,
                                           const HostKey& authority) const {
  HostKeyLookup answer;
  for (const Entry* entry : entries_for(name)) {
    const bool same = entry->key == authority;
    if (entry->marker == Marker::revoked && (same || entry->key == key))
      return found(HostKeyVerdict::revoked, *entry);
    if (entry->marker == Marker::cert_authority && same && answer.verdict == HostKeyVerdict::unknown)
      answer = found(HostKeyVerdict::match, *entry);
  }
  return answer;
}

HostKeyLookup KnownHosts::lookup(const net::HostPort& where, const HostKey& key) const {
  auto answer = lookup(known_name(where), key);
  if (answer.verdict != HostKeyVerdict::unknown || where.port == default_port) return answer;
  auto bare = lookup(known_name({where.host, default_port}), key);
  return bare.verdict == HostKeyVerdict::mismatch ? answer : bare;
}

HostKeyLookup KnownHosts::lookup_authority(const net::HostPort& where, const HostKey& key,
                                           const HostKey& authority) const {
  auto answer = lookup_authority(known_name(where), key, authority);
  if (answer.verdict != HostKeyVerdict::unknown || where.port == default_port) return answer;
  return lookup_authority(known_name({where.host, default_port}), key, authority);
}

std::vector<std::string> KnownHosts::key_types(const net::HostPort& where) const {
  std::vector<std::string> types;
  const auto entries = entries_for(known_name(where));
  for (const Entry* entry : entries) {
    const bool revoked = std::ranges::any_of(entries, [entry](const Entry* other) {
      return other->marker == Marker::revoked && other->key == entry->key;
    });
    if (entry->marker != Marker::none || revoked) continue;
    if (std::ranges::find(types, entry->key.type) == types.end()) types.push_back(entry->key.type);
  }
  if (types.empty() && where.port != default_port) return key_types({where.host, default_port});
  return types;
}

bool KnownHosts::has_cert_authority(const net::HostPort& where) const {
  const auto vouches = [](const Entry* entry) { return entry->marker == Marker::cert_authority; };
  if (std::ranges::any_of(entries_for(known_name(where)), vouches)) return true;
  return where.port != default_port && has_cert_authority({where.host, default_port});
}

std::string place_of(std::string_view file, std::size_t line) {
  const auto number = std::to_string(line);
  return file.empty() ? "line " + number : std::string(file) + ':' + number;
}

std::string damage_text(const KnownHosts::BadLine& bad) {
  return "line " + std::to_string(bad.line) + " of " + (bad.file.empty() ? "known_hosts" : bad.file) +
         " is damaged: " + bad.reason;
}

std::string known_hosts_line(const net::HostPort& where, const HostKey& key) {
  return known_name(where) + ' ' + to_string(key) + '\n';
}

}  // namespace towline::ssh
