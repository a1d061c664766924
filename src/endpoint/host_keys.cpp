#include "endpoint/host_keys.hpp"

#include "ssh/keys/new_key.hpp"
#include "ssh/keys/private_key.hpp"

#include <cerrno>
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

}  // namespace

Result<HostKeys> find_host_keys(const Options& options) {
  if (!options.host_keys.empty()) return read_all(options.host_keys);
  const auto& kept = options.kept_host_key;
  if (!kept.empty() && is_there(kept)) return read_all({{.file = kept, .text = {}}});
  HostKeys none;
  if (kept.empty()) none.problem = "there is no folder to keep it in";
  return none;
}

Result<HostKeys> read_host_keys(const Options& options) {
  auto found = find_host_keys(options);
  if (!found || !found->keys.empty()) return found;
  const auto text = ssh::new_ed25519_key();
  if (!text) return text.error();
  auto key = ssh::SigningKey::parse(*text, {});
  if (!key) return key.error();
  const auto& path = options.kept_host_key;
  const int error = path.empty() ? 0 : keep(path, *text);
  if (error == EEXIST) return find_host_keys(options);
  found->keys.push_back(std::move(*key));
  found->made = true;
  if (error != 0) found->problem = path + " cannot be written: " + std::generic_category().message(error);
  return found;
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
  if (keys.problem.empty()) return;
  log.warn("client.host_key", "the host key is another one at every start",
           {{"err", keys.problem}, {"hint", lasting_host_key_hint}});
}

}  // namespace towline::endpoint
