#include "ssh/trust/host_key_check.hpp"

#include "net/error.hpp"
#include "ssh/wire/error.hpp"
#include "text/file.hpp"

namespace towline::ssh {

namespace {

// In messages.
constexpr std::string_view inline_text = "SSH_KNOWN_HOSTS";

}  // namespace

HostKeyCheck::HostKeyCheck(const HostKeyOptions& options, AcceptedHostKeys& accepted)
    : options_(&options), accepted_keys_(&accepted) {}

Result<HostKeyCheck> HostKeyCheck::read(const HostKeyOptions& options, AcceptedHostKeys& accepted) {
  HostKeyCheck check(options, accepted);
  for (const auto& path : options.known_hosts_files) {
    const auto file = text::read_file(path);
    if (net::is_resource_shortage(file.error)) return Failure{file.error, path};
    if (file.error) return Failure{errc::host_key_unknown, path + " cannot be read"};
    check.known_.add(file.text.reveal(), path);
  }
  if (!options.known_hosts_text.empty()) check.known_.add(options.known_hosts_text, inline_text);
  if (options.strict == StrictHostKeyChecking::accept_new) check.accepted_ = accepted.known();
  return check;
}

std::vector<KnownHosts::BadLine> HostKeyCheck::bad_lines() const {
  auto lines = known_.bad_lines();
  lines.insert(lines.end(), accepted_.bad_lines().begin(), accepted_.bad_lines().end());
  return lines;
}

std::vector<std::string> HostKeyCheck::algorithms(const net::HostPort& server) const {
  const auto where = looked_up_name(*options_, server);
  auto types = known_.key_types(where);
  if (types.empty()) types = accepted_.key_types(where);
  return host_key_algorithms(types, known_.has_cert_authority(where));
}

// A key that is not on file may be so because the file is not what it should be.
Failure HostKeyCheck::with_damage(Failure unknown) const {
  const auto& bad = known_.bad_lines();
  const bool given = !options_->known_hosts_files.empty() || !options_->known_hosts_text.empty();
  if (!bad.empty()) {
    unknown.detail += "; " + damage_text(bad.front());
    if (bad.size() > 1) unknown.detail += " (and " + std::to_string(bad.size() - 1) + " more)";
  } else if (given && known_.empty()) {
    const auto& files = options_->known_hosts_files;
    unknown.detail +=
        "; " + (files.empty() ? std::string(inline_text) : files.front()) + " holds no host key";
  }
  return unknown;
}

Result<HostKeyDecision> HostKeyCheck::judge(const ShownHostKey& shown) {
  const auto now = std::chrono::system_clock::now();
  auto decision = judge_host_key(*options_, known_, accepted_, shown, now);
  if (!decision && decision.error().code == errc::host_key_unknown) return with_damage(decision.error());
  if (!decision || !decision->remember) return decision;
  if (accepted_keys_->remember(looked_up_name(*options_, shown.server), shown.key)) return decision;
  accepted_ = accepted_keys_->known();  // another session was faster, with another key
  return judge_host_key(*options_, known_, accepted_, shown, now);
}

}  // namespace towline::ssh
