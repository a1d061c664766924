#include "endpoint/host_keys.hpp"

#include "ssh/keys/new_key.hpp"
#include "ssh/keys/private_key.hpp"
#include "ssh/keys/text_file.hpp"
#include "ssh/wire/error.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace towline::endpoint {

namespace {

bool write_whole(int descriptor, std::string_view text) {
  return ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
         ::fsync(descriptor) == 0;
}

// Whole or not at all, and never in the place of something; 0, or the system's error: EEXIST where another
// start was faster.
int keep(const std::string& path, const text::Secret& key) {
  const auto fresh = path + ".new-" + std::to_string(::getpid());
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno;
  int error = 0;
  if (!write_whole(descriptor, key.reveal()) || ::link(fresh.c_str(), path.c_str()) != 0)
    error = errno != 0 ? errno : EIO;
  ::close(descriptor);
  ::unlink(fresh.c_str());
  return error;
}

bool is_there(const std::string& path) {
  struct stat facts{};
  return ::lstat(path.c_str(), &facts) == 0 || errno != ENOENT;
}

Result<HostKeys> read_all(const std::vector<ssh::TextSource>& sources) {
  HostKeys found;
  for (const auto& source : sources) {
    auto key = ssh::read_private_key(source, {});
    if (!key) return key.error();
    found.keys.push_back(std::move(*key));
  }
  return found;
}

Result<HostKeys> find_keys(const Options& options) {
  if (!options.host_keys.empty()) return read_all(options.host_keys);
  const auto& kept = options.kept_host_key;
  if (!kept.empty() && is_there(kept)) return read_all({{.file = kept, .text = {}}});
  return HostKeys{};
}

Result<HostKeys> find_or_make_keys(const Options& options) {
  auto found = find_keys(options);
  if (!found || !found->keys.empty()) return found;
  const auto text = ssh::new_ed25519_key();
  if (!text) return text.error();
  auto key = ssh::SigningKey::parse(*text, {});
  if (!key) return key.error();
  const auto& path = options.kept_host_key;
  const int error = path.empty() ? 0 : keep(path, *text);
  if (error == EEXIST) return find_keys(options);
  found->keys.push_back(std::move(*key));
  found->made = true;
  if (error != 0) found->problem = path + " cannot be written: " + std::generic_category().message(error);
  return found;
}

// Where it comes from, for somebody who looks for it.
std::string place_of(const ssh::TextSource& source) {
  return source.file.empty() ? "TOWLINE_HOST_CERTIFICATE" : source.file;
}

Failure unfit(const ssh::TextSource& source, const std::string& why) {
  return {ssh::errc::host_certificate_invalid, place_of(source) + ": " + why};
}

std::string objection_to(const ssh::Certificate& certificate, const HostKeys& keys) {
  if (certificate.kind != ssh::Certificate::Kind::host)
    return "it is one for users; ssh-keygen -h makes one for hosts";
  const auto is_certified = [&](const auto& key) { return key.public_key() == certificate.key; };
  if (std::ranges::none_of(keys.keys, is_certified))
    return "it is for " + fingerprint(certificate.key) + ", which is no host key here";
  const auto same_key = [&](const auto& other) { return other.key == certificate.key; };
  if (std::ranges::any_of(keys.certificates, same_key))
    return "it is the second for " + fingerprint(certificate.key);
  const auto objection = certificate.authority ? objection_to_signature(certificate) : std::string();
  return objection.empty() ? objection : "it " + objection;
}

// One that is not valid now is no reason to serve nobody: clients get the plain key.
Result<> add_certificate(const ssh::TextSource& source, HostKeys& keys) {
  using ssh::errc;
  const auto text = ssh::read_text(source, errc::host_certificate_invalid, errc::host_certificate_invalid);
  if (!text) return text.error();
  auto certificate = ssh::parse_certificate_text(text->reveal());
  if (!certificate) return unfit(source, certificate.error().detail);
  if (const auto objection = objection_to(*certificate, keys); !objection.empty())
    return unfit(source, objection);
  if (const auto valid = check_validity(*certificate, std::chrono::system_clock::now()); !valid) {
    keys.certificate_problems.push_back(place_of(source) + ": " + valid.error().detail);
  } else {
    keys.certificates.push_back(*std::move(certificate));
  }
  return {};
}

void log_certificate(const observe::Log& log, const ssh::Certificate& certificate) {
  constexpr std::size_t shown_max = 255;
  std::string names;
  for (const auto& name : certificate.principals) names += (names.empty() ? "" : ",") + name;
  log.info("client.host_certificate", "the certificate of the host key that clients see",
           {{"host_key", fingerprint(certificate.key)},
            {"authority", certificate.authority ? fingerprint(*certificate.authority) : "unknown"},
            {"certificate", certificate.id},
            {"names", names.empty() ? "any" : text::one_line(names, shown_max)},
            {"until", certificate.expiry() ? ssh::time_text(certificate.valid_before) : "for ever"}});
}

Result<HostKeys> with_certificates(Result<HostKeys> keys, const Options& options) {
  if (!keys) return keys;
  for (const auto& source : options.host_certificates) {
    if (auto added = add_certificate(source, *keys); !added) return added.error();
  }
  return keys;
}

}  // namespace

Result<HostKeys> find_host_keys(const Options& options) {
  return with_certificates(find_keys(options), options);
}

Result<HostKeys> read_host_keys(const Options& options) {
  return with_certificates(find_or_make_keys(options), options);
}

std::vector<observe::HostKeyInfo> shown(const HostKeys& keys) {
  std::vector<observe::HostKeyInfo> all;
  for (const auto& signing : keys.keys) {
    const auto& key = signing.public_key();
    all.push_back({key.type, ssh::fingerprint(key), "* " + to_string(key)});
  }
  return all;
}

void log_host_keys(const observe::Log& log, const HostKeys& keys) {
  for (const auto& key : shown(keys)) {
    log.info("client.host_key", keys.made ? "made a host key for clients" : "the host key that clients see",
             {{"host_key", key.fingerprint}, {"known_hosts", key.known_hosts}});
  }
  for (const auto& certificate : keys.certificates) log_certificate(log, certificate);
  for (const auto& problem : keys.certificate_problems) {
    log.warn("client.host_certificate", "a host certificate is not shown to clients",
             {{"err", problem}, {"hint", "have the host key signed anew, or set the clock right"}});
  }
  if (keys.problem.empty()) return;
  log.warn("client.host_key", "the host key is another one at every start",
           {{"err", keys.problem},
            {"hint", "give one in TOWLINE_HOST_KEY_FILE, or a folder to keep it in as TOWLINE_STATE_DIR"}});
}

}  // namespace towline::endpoint
